/// A listening socket that the keeper handed over.
struct Listener {
    let key: String
    let descriptor: Int32
    /// The route that takes its connections; nil leaves them in the kernel's backlog.
    var route: Int?
    /// Whether epoll reports its clients.
    var isWatched = false
    let generation: UInt32
}
