/// Which HTTP requests are kept on disk while their service cannot take them, and how they are delivered once it can.
public struct QueuePolicy: Hashable, Sendable, Codable {
    /// The methods, in capitals, of requests that are taken.
    public var methods: Set<String> = ["POST", "PUT", "PATCH", "DELETE"]
    /// How the paths begin of requests that are taken; empty is any path.
    public var paths: [String] = []
    /// Requests that wait at a time, and finished ones that are kept besides.
    public var count = 1_000
    /// Bytes of the requests that wait, and of the finished ones with their answers besides.
    public var size: Int64 = 64 << 20
    /// Bytes that the body of one request may have, and of an answer that is kept.
    public var body: Int64 = 1 << 20
    /// How long a request may wait and, from its end, how long its ticket is kept.
    public var keep = Duration.seconds(86_400)
    /// Times that an instance is asked for one request at most.
    public var attempts = 10
    /// Requests that are delivered at a time; with 1 they keep their order.
    public var concurrency = 1

    /// Hale's defaults.
    public init() {}
}
