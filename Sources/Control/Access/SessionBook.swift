internal import Stack

/// The sessions of people who signed in to the dashboard. They end with the healer that they were opened with, after a
/// while, and with the token that opened them.
struct SessionBook: Equatable {
    /// A person who signed in.
    struct Session: Equatable {
        /// The name of the token that opened it.
        let name: String
        /// The hash of that token, by which it is seen whether it still counts.
        let token: String
        /// When it ends by itself.
        let end: Instant
    }

    /// How long a session lasts: a night's watch.
    static let lifetime = Duration.seconds(12 * 3600)
    /// More sessions than this are not kept: the one that ends first makes way.
    static let most = 100

    /// By the hashes of their ids: what can be read here opens nothing.
    private var sessions: [String: Session] = [:]

    /// Keeps a session of the person who showed that token, under the hash of its id.
    mutating func open(_ id: String, for name: String, token: String, at now: Instant) -> Session {
        sessions = sessions.filter { now < $0.value.end }
        let oldest = sessions.min { ($0.value.end, $0.key) < ($1.value.end, $1.key) }
        if sessions.count >= Self.most, let oldest { sessions[oldest.key] = nil }
        let session = Session(name: name, token: token, end: now + Self.lifetime)
        sessions[id] = session
        return session
    }

    /// The session whose id has that hash, unless it is over.
    func session(_ id: String, at now: Instant) -> Session? {
        sessions[id].flatMap { now < $0.end ? $0 : nil }
    }

    mutating func close(_ id: String) {
        sessions[id] = nil
    }
}
