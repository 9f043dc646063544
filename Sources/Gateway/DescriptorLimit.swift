internal import Glibc

/// How many descriptors the gateway may have, and what that means for its connections.
enum DescriptorLimit {
    private static let mostConnections = 262_144
    /// Descriptors kept for listening sockets, the keeper, the healer and files.
    private static let reserved = 256

    /// Raises the limit of this process as far as it may be raised, and returns it.
    static func raise() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return 1_024 }
        if limit.rlim_cur < limit.rlim_max {
            let soft = limit.rlim_cur
            limit.rlim_cur = limit.rlim_max
            if setrlimit(resource, &limit) != 0 { limit.rlim_cur = soft }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// Connections that fit into that many descriptors, each of which needs two.
    static func connections(descriptors: Int) -> Int {
        min(max((descriptors - reserved) / 2, 64), mostConnections)
    }
}
