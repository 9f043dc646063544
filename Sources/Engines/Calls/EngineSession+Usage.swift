/// What a container has used, as the engine counts at one time. Names are the API's.
public struct ContainerUsage: Decodable, Sendable {
    /// Of processors.
    public struct ProcessorDetails: Decodable, Sendable {
        /// The count.
        public struct Usage: Decodable, Sendable {
            /// Nanoseconds since its start.
            public var total_usage: Int64?
        }

        /// The count.
        public var cpu_usage: Usage?
    }

    /// Of memory.
    public struct MemoryDetails: Decodable, Sendable {
        /// Bytes, with what the kernel can drop at any time.
        public var usage: Int64?
        /// Bytes that it may use.
        public var limit: Int64?
        /// More of it, by the kernel's names.
        public var stats: [String: Int64]?
    }

    /// Of processes.
    public struct ProcessDetails: Decodable, Sendable {
        /// How many there are, threads included.
        public var current: Int64?
    }

    /// Of disks.
    public struct DiskDetails: Decodable, Sendable {
        /// One count.
        public struct Entry: Decodable, Sendable {
            /// `Read`, `Write`, …, in either case.
            public var op: String?
            /// Bytes.
            public var value: Int64?
        }

        /// By disk and kind.
        public var io_service_bytes_recursive: [Entry]?
    }

    /// Of processors.
    public var cpu_stats: ProcessorDetails?
    /// Of memory.
    public var memory_stats: MemoryDetails?
    /// Of processes.
    public var pids_stats: ProcessDetails?
    /// Of disks.
    public var blkio_stats: DiskDetails?

    /// Bytes of memory without what the kernel can drop at any time, as the docker command shows it.
    public var memory: Int64 {
        let droppable = memory_stats?.stats?["inactive_file"] ?? memory_stats?.stats?["total_inactive_file"] ?? 0
        return max(0, (memory_stats?.usage ?? 0) &- droppable)
    }

    /// Bytes of one kind of disk traffic, `read` or `write`; nil where the engine does not count them.
    public func diskTraffic(_ kind: String) -> Int64? {
        guard let entries = blkio_stats?.io_service_bytes_recursive else { return nil }
        return entries.filter { $0.op?.lowercased() == kind }.reduce(0) { $0 &+ ($1.value ?? 0) }
    }
}

extension EngineSession {
    /// What a container has used until now. It is read once: an engine that is asked for a difference takes a second for it.
    public func usage(_ id: String) throws(EngineError) -> ContainerUsage {
        try get("/containers/\(id)/stats?stream=false&one-shot=true")
    }
}
