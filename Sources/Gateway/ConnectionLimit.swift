/// How many connections the gateway takes for the descriptors that it may have.
enum ConnectionLimit {
    private static let most = 262_144
    /// Descriptors kept for the keeper, the healer and files.
    private static let reserved = 256

    /// Connections that fit into that many descriptors, each of which needs two. Of few descriptors a quarter, and of
    /// many as many as the largest stacks need, are left to listening sockets.
    static func connections(descriptors: UInt64) -> Int {
        let descriptors = Int(clamping: descriptors)
        let listening = min(descriptors / 4, 4_096)
        return min(max((descriptors - reserved - listening) / 2, 64), most)
    }
}
