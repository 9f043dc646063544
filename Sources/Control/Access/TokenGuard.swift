internal import Glibc
internal import Platform
internal import Stack
internal import Synchronization

/// Tells who may change the stack over TCP.
final class TokenGuard: Sendable {
    enum Verdict: Equatable {
        /// The bearer of the token of that name.
        case known(String)
        /// No token was shown.
        case missing
        /// What was shown is no token that counts.
        case unknown
        /// Too many wrong ones lately; come back after so many seconds.
        case tooMany(seconds: Int)
    }

    private let file: TokenFile
    private let limiter = Mutex(AttemptLimiter())

    init(_ file: TokenFile) {
        self.file = file
    }

    /// Judges the `Authorization` headers of a request. A wrong token may have to wait its turn, on the calling thread.
    func check(_ headers: [String]) -> Verdict {
        guard let header = headers.first else { return .missing }
        if headers.count == 1, let token = Self.bearerToken(header), let name = owner(of: token) { return .known(name) }
        let now = Instant.now()
        switch limiter.withLock({ $0.wrongToken(at: now) }) {
        case .turnAway(let time): return .tooMany(seconds: Int(time.seconds.rounded(.up)))
        case .answer(let time):
            if time > .zero { usleep(UInt32(clamping: Int(time.seconds * 1_000_000))) }
            return .unknown
        }
    }

    /// Compares with every token there is, so that the time it takes tells nothing of which one is near.
    private func owner(of token: String) -> String? {
        // A file that cannot be read lets nobody in; 'hale token list' says what is wrong with it.
        guard let tokens = try? file.tokens() else { return nil }
        let hash = TokenDigest.hash(token)
        let now = Calendar.now()
        var owner: String?
        for candidate in tokens where TokenDigest.areEqual(candidate.hash, hash) && !candidate.isExpired(at: now) {
            owner = candidate.name
        }
        return owner
    }

    /// The token of `Bearer TOKEN` (RFC 6750).
    private static func bearerToken(_ header: String) -> String? {
        let words = header.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer", let token = words.last else { return nil }
        return token.utf8.count <= 200 ? String(token) : nil
    }
}
