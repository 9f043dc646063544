/// A token that lets its bearer change the stack over TCP; the token itself is known to its bearer alone.
public struct AccessToken: Hashable, Sendable, Codable {
    /// Whose it is, for lists and for the journal.
    public var name: String
    /// When it was made, nanoseconds since 1970 in UTC.
    public var createdAt: Int64
    /// From when on it is worth nothing, nanoseconds since 1970 in UTC; nil is never.
    public var expiresAt: Int64?
    /// SHA-256 of the token, in hexadecimal.
    var hash: String

    enum CodingKeys: String, CodingKey {
        case name, hash
        case createdAt = "created_at"
        case expiresAt = "expires_at"
    }

    init(name: String, createdAt: Int64, expiresAt: Int64?, hash: String) {
        self.name = name
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.hash = hash
    }

    /// Reads what `encode(to:)` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        hash = try container.decode(String.self, forKey: .hash)
        createdAt = try container.decodeTime(forKey: .createdAt)
        expiresAt = try container.decodeTimeIfPresent(forKey: .expiresAt)
    }

    /// Writes its times as RFC 3339.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(hash, forKey: .hash)
        try container.encodeTime(createdAt, forKey: .createdAt)
        try container.encodeTimeIfPresent(expiresAt, forKey: .expiresAt)
    }

    /// Whether it is worth nothing any more at `time`, nanoseconds since 1970.
    public func isExpired(at time: Int64) -> Bool { expiresAt.map { $0 <= time } ?? false }

    /// Whether a token may have that name: 1 to 64 letters, digits, dots, dashes and underscores, since it goes into the
    /// journal and onto terminals.
    public static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0))
            }
    }
}
