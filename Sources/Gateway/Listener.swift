/// A listening socket that the keeper handed over.
struct Listener {
    let key: String
    let descriptor: Int32
    /// The route that takes its connections; nil leaves them in the kernel's backlog.
    var route: Int?
    /// Whether each client begins with what a proxy says of it.
    var isIntroduced = false
    /// Whether its clients speak TLS.
    var isEncrypted = false
    /// The service whose instances alone are its clients, by its place among those that the route knows; `Load.anybody`
    /// where they may be anybody's.
    var client = Load.anybody
    /// Whether its clients wait in the backlog for a moment, as the route has its share of all connections.
    var isPaused = false
    /// Whether epoll reports its clients.
    var isWatched = false
    let generation: UInt32
}
