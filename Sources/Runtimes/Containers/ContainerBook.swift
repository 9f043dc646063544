internal import Stack

/// What must outlive the healer of the containers that it looks after; the healer keeps it on disk.
public struct ContainerBook: Hashable, Sendable, Codable {
    /// The container of an instance.
    struct Page: Hashable, Sendable, Codable {
        /// What the engine calls it.
        var container: String
        /// Which start of the instance it is.
        var run: Int
        /// Its first process.
        var pid: Int32
        /// When the engine started it, in nanoseconds since 1970.
        var startedAt: Int64
    }

    /// By the instances' names.
    var pages: [String: Page] = [:]
    /// The restart policies that containers had which somebody else had made, by the containers' identifiers.
    var policies: [String: EngineRestartPolicy] = [:]
    /// When services were lately asked to stop by the engine's own tools, in nanoseconds since 1970: that may have been the engine
    /// itself, which stops all containers before it ends.
    var stops: [String: Int64] = [:]
    /// The gateway's addresses in the engine's networks.
    var virtual: [VirtualAddress] = []
    /// Memory limits that were raised, in bytes, by the instances' names.
    var memory: [String: Int64] = [:]
    /// The start of the machine that this is of.
    var boot: String?
    /// When the last event happened that was dealt with, in nanoseconds since 1970; nil before the first.
    var lastEvent: Int64?

    /// An empty one.
    public init() {}
}
