/// An SQLSTATE: five characters that tell what kind of an error it is (PostgreSQL documentation, appendix A).
public struct SQLState: Hashable, Sendable, CustomStringConvertible {
    /// The characters, one to a byte, the first one highest.
    public private(set) var packed: UInt64 = 0
    private(set) var count = 0

    /// No characters yet.
    init() {}

    /// The state that five characters spell; nil for any other number of them.
    public init?(_ text: StaticString) {
        guard text.utf8CodeUnitCount == 5 else { return nil }
        for place in 0..<5 { append(text.utf8Start[place]) }
    }

    mutating func append(_ byte: UInt8) {
        count = min(count + 1, 6)
        packed = packed << 8 | UInt64(byte)
    }

    /// The five characters; others than ASCII letters and digits as `?`.
    public var description: String {
        String(
            (0..<5).reversed().map { place in
                let byte = UInt8(truncatingIfNeeded: packed >> (UInt64(place) * 8))
                let isPlain = byte.isDigit || byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
                return Character(UnicodeScalar(isPlain ? byte : UInt8(ascii: "?")))
            })
    }

    /// What an error of that state before a session says of the server.
    public enum Meaning: Sendable, Equatable {
        /// It starts, recovers or stops, and takes no sessions now (57P03, 57P01, 57P02).
        case unavailable
        /// It has no room for another session (class 53; 53300 is too_many_connections).
        case exhausted
        /// The client asked for what it may not have or what there is not; the server is well.
        case clientMistake
        /// Anything else: the server is in trouble.
        case failure
    }

    /// What the state says of the server, in an error that refuses a session.
    public var meaning: Meaning {
        let (first, second) = (UInt8(truncatingIfNeeded: packed >> 32), UInt8(truncatingIfNeeded: packed >> 24))
        switch (first, second) {
        case (UInt8(ascii: "5"), UInt8(ascii: "7")): return .unavailable
        case (UInt8(ascii: "5"), UInt8(ascii: "3")): return .exhausted
        // Authentication (28), a database that is not there (3D), no right to connect (42), a setting that is none (22),
        // a feature or protocol version that is none (0A), an object that is not in that state (55: the database takes
        // no connections), and a packet that is none (08).
        case (UInt8(ascii: "2"), UInt8(ascii: "8")), (UInt8(ascii: "3"), UInt8(ascii: "D")),
            (UInt8(ascii: "4"), UInt8(ascii: "2")), (UInt8(ascii: "2"), UInt8(ascii: "2")),
            (UInt8(ascii: "0"), UInt8(ascii: "A")), (UInt8(ascii: "5"), UInt8(ascii: "5")),
            (UInt8(ascii: "0"), UInt8(ascii: "8")):
            return .clientMistake
        case (_, _): return .failure
        }
    }
}
