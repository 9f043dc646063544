internal import Glibc
internal import Platform

/// The file (mode 0600) that the tokens of a project are kept in, hashed. The command line writes it and the healer reads
/// it for each token it is shown, so that it counts at once, and whether Hale runs or not.
public struct TokenFile: Sendable {
    /// Where it is (`Locations.tokens`).
    public let path: String

    private static let sizeLimit = 1 << 20
    /// More tokens than this are not kept.
    private static let most = 1000

    private struct Contents: Codable {
        var tokens: [AccessToken]
    }

    /// The file at that path, which need not exist.
    public init(path: String) {
        self.path = path
    }

    /// The tokens by name; none where there is no file.
    public func tokens() throws(TokenFileError) -> [AccessToken] {
        let bytes: [UInt8]
        do {
            bytes = try readWholeFile(path, limit: Self.sizeLimit)
        } catch {
            if error.code == ENOENT { return [] }
            throw TokenFileError("the tokens cannot be read: \(error)")
        }
        do {
            return try JSONText.decode(Contents.self, from: bytes).tokens.sorted { $0.name < $1.name }
        } catch {
            throw TokenFileError(
                "\(path) is not the list of tokens it should be (\(JSONText.explain(error))); remove it and make new ones"
            )
        }
    }

    /// Makes a token that expires after `lifetime`, or never, and returns it. This is the only time that it is seen.
    public func create(_ name: String, lifetime: Duration?) throws(TokenFileError) -> String {
        guard AccessToken.isName(name) else {
            throw TokenFileError(
                "'\(name)' is no name for a token: 1 to 64 letters, digits, dots, dashes and underscores")
        }
        let now = Calendar.now()
        return try change { (tokens) throws(TokenFileError) in
            tokens.removeAll { $0.name == name && $0.isExpired(at: now) }
            guard !tokens.contains(where: { $0.name == name }) else {
                throw TokenFileError(
                    "there is a token '\(name)' already; choose another name, or 'hale token revoke \(name)' first")
            }
            guard tokens.count < Self.most else {
                throw TokenFileError("there are \(tokens.count) tokens already; revoke some first")
            }
            guard let token = TokenDigest.newToken() else { throw TokenFileError("the system gives no randomness") }
            tokens.append(
                AccessToken(
                    name: name, createdAt: now, expiresAt: lifetime.map { Self.later(now, by: $0) },
                    hash: TokenDigest.hash(token)))
            return token
        }
    }

    /// Makes the token of that name worth nothing from now on.
    public func revoke(_ name: String) throws(TokenFileError) {
        try change { (tokens) throws(TokenFileError) in
            guard let place = tokens.firstIndex(where: { $0.name == name }) else {
                throw TokenFileError("there is no token '\(name.prefix(64))'; see 'hale token list'")
            }
            tokens.remove(at: place)
        }
    }

    private static func later(_ time: Int64, by duration: Duration) -> Int64 {
        let (sum, isTooFar) = time.addingReportingOverflow(duration.nanoseconds)
        return isTooFar ? .max : sum
    }

    private func change<Result>(
        _ body: (inout [AccessToken]) throws(TokenFileError) -> Result
    ) throws(TokenFileError) -> Result {
        var lock: FileLock?
        do {
            let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            try makeFolders(folder)
            lock = try FileLock(path: path + ".lock")
        } catch {
            throw TokenFileError("the tokens cannot be changed: \(error)")
        }
        guard let lock else { throw TokenFileError("another 'hale token' is changing the tokens; try again") }
        return try withExtendedLifetime(lock) { () throws(TokenFileError) in
            var tokens = try tokens()
            let result = try body(&tokens)
            try write(tokens)
            return result
        }
    }

    private func write(_ tokens: [AccessToken]) throws(TokenFileError) {
        do {
            try writeFileAtomically(JSONText.encode(Contents(tokens: tokens)), to: path, mode: 0o600)
        } catch {
            throw TokenFileError("the tokens cannot be kept: \(error)")
        }
    }
}

/// Why tokens cannot be read or changed, in a sentence.
public struct TokenFileError: Error, Hashable, CustomStringConvertible {
    /// What happened and what to do.
    public var description: String

    init(_ description: String) {
        self.description = description
    }
}
