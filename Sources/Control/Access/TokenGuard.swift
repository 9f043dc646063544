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

    /// What became of a token shown to sign in.
    enum SignIn: Equatable {
        /// A session was opened; its id is seen this once.
        case opened(id: String, SessionBook.Session)
        /// It is no token that counts.
        case unknown
        /// Too many wrong ones lately; come back after so many seconds.
        case tooMany(seconds: Int)
        /// The system has no randomness to give.
        case unavailable
    }

    private let file: TokenFile
    private let limiter = Mutex(AttemptLimiter())
    private let sessions = Mutex(SessionBook())

    init(_ file: TokenFile) {
        self.file = file
    }

    /// Judges the `Authorization` headers of a request. A wrong token may have to wait its turn, on the calling thread.
    func check(_ headers: [String]) -> Verdict {
        guard let header = headers.first else { return .missing }
        if headers.count == 1, let token = Self.bearerToken(header), let owner = owner(of: token) {
            return .known(owner.name)
        }
        return wrongToken().map { .tooMany(seconds: $0) } ?? .unknown
    }

    // MARK: Sessions

    /// Opens a session for who shows a token that counts. A wrong one may have to wait its turn, on the calling thread.
    func signIn(_ token: String) -> SignIn {
        guard token.utf8.count <= Self.longestToken, let owner = owner(of: token) else {
            return wrongToken().map { .tooMany(seconds: $0) } ?? .unknown
        }
        guard let id = TokenDigest.newSecret() else { return .unavailable }
        let session = sessions.withLock {
            $0.open(TokenDigest.hash(id), for: owner.name, token: owner.hash, at: .now())
        }
        return .opened(id: id, session)
    }

    /// The session of that id, if it is not over and the token that opened it still counts.
    func session(_ id: String) -> SessionBook.Session? {
        guard let session = sessions.withLock({ $0.session(TokenDigest.hash(id), at: .now()) }) else { return nil }
        let isValid = validTokens().contains { TokenDigest.areEqual($0.hash, session.token) }
        return isValid ? session : nil
    }

    /// Ends the session of that id, if there is one.
    func signOut(_ id: String) {
        sessions.withLock { $0.close(TokenDigest.hash(id)) }
    }

    // MARK: Tokens

    /// Has the caller wait its turn; returns the seconds after which to come back where the queue is too long.
    private func wrongToken() -> Int? {
        let now = Instant.now()
        switch limiter.withLock({ $0.wrongToken(at: now) }) {
        case .turnAway(let time): return Int(time.seconds.rounded(.up))
        case .answer(let time):
            if time > .zero { usleep(UInt32(clamping: Int(time.seconds * 1_000_000))) }
            return nil
        }
    }

    /// Compares with every token there is, so that the time it takes tells nothing of which one is near.
    private func owner(of token: String) -> AccessToken? {
        let hash = TokenDigest.hash(token)
        var owner: AccessToken?
        for candidate in validTokens() where TokenDigest.areEqual(candidate.hash, hash) { owner = candidate }
        return owner
    }

    private func validTokens() -> [AccessToken] {
        // A file that cannot be read lets nobody in; 'hale token list' says what is wrong with it.
        guard let tokens = try? file.tokens() else { return [] }
        let now = Calendar.now()
        return tokens.filter { !$0.isExpired(at: now) }
    }

    private static let longestToken = 200

    /// The token of `Bearer TOKEN` (RFC 6750).
    private static func bearerToken(_ header: String) -> String? {
        let words = header.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer", let token = words.last else { return nil }
        return token.utf8.count <= longestToken ? String(token) : nil
    }
}
