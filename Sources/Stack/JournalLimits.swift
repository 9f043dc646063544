/// How much the journal keeps; the oldest goes first, open incidents never.
public struct JournalLimits: Hashable, Sendable, Codable {
    /// Events and ended incidents older than that are removed.
    public var age: Duration
    /// The largest size of the journal's file, in bytes.
    public var size: Int64

    /// The smallest size that makes sense: below it the file's own order takes most of the room.
    public static let leastSize: Int64 = 1 << 20

    /// 30 days and 64 MiB unless said.
    public init(age: Duration = .seconds(30 * 86_400), size: Int64 = 64 << 20) {
        self.age = age
        self.size = size
    }
}
