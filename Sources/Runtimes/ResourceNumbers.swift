internal import Stack
internal import Wire

/// `ulimits` by their Compose name, as setrlimit(2) numbers them on Linux (asm-generic/resource.h).
enum ResourceNumbers {
    static let byName: [String: Int32] = [
        "cpu": 0, "fsize": 1, "data": 2, "stack": 3, "core": 4, "rss": 5, "nproc": 6, "nofile": 7, "memlock": 8,
        "as": 9, "locks": 10, "sigpending": 11, "msgqueue": 12, "nice": 13, "rtprio": 14, "rttime": 15,
    ]

    /// The limits of `service` in the order of their numbers; names that Linux does not have are left out.
    static func limits(of resources: ResourceLimits) -> [RawLimit] {
        resources.ulimits.compactMap { name, limit in
            byName[name].map { RawLimit(resource: $0, soft: raw(limit.soft), hard: raw(limit.hard)) }
        }
        .sorted { $0.resource < $1.resource }
    }

    private static func raw(_ value: Int64) -> UInt64 {
        value < 0 ? .max : UInt64(value)
    }
}
