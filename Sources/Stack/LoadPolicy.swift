/// How many calls a service takes at a time, and whose turn comes first where there is no room for all.
public struct LoadPolicy: Hashable, Sendable, Codable {
    /// Calls of one port in progress at a time.
    public var concurrency = ConcurrencyPolicy.unlimited
    /// Calls of one client address in progress or waiting at a time; nil is any number.
    public var perClient: Int?
    /// What a call has that no rule is for, 0 to 9.
    public var priority = 5
    /// The first that fits a call says its priority.
    public var rules: [PriorityRule] = []

    /// No limits, and one priority for all.
    public init() {}

    /// The services that a rule tells from others, in the order of their names.
    public var clients: [String] { Set(rules.compactMap(\.client)).sorted() }

    /// The priorities that calls may have.
    public var priorities: ClosedRange<Int> {
        let all = rules.map(\.priority)
        return min(all.min() ?? priority, priority)...max(all.max() ?? priority, priority)
    }
}

/// How many calls may be in progress at a time.
public enum ConcurrencyPolicy: Hashable, Sendable, Codable {
    /// As many as come.
    case unlimited
    /// Always so many.
    case fixed(Int)
    /// As many as the latency of HTTP requests says that the service can do at once.
    case adaptive(AdaptiveConcurrency)
}

/// A limit that is found and not set.
public struct AdaptiveConcurrency: Hashable, Sendable, Codable {
    /// How it is found.
    public enum Method: String, Hashable, Sendable, Codable, CaseIterable {
        /// By the latency of the latest requests beside that in the long run.
        case gradient
        /// One more while requests fill half of it, a tenth less with each that takes too long.
        case aimd
    }

    /// How it is found.
    public var method: Method
    /// Where it starts.
    public var initial = 20
    /// The smallest it becomes.
    public var min = 2
    /// The largest it becomes.
    public var max = 200

    /// Hale's defaults.
    public init(_ method: Method) {
        self.method = method
    }
}

/// Which calls have a priority.
public struct PriorityRule: Hashable, Sendable, Codable {
    /// The service of the stack that makes them; nil is anybody.
    public var client: String?
    /// The port of the service they come to; nil is any.
    public var port: Int?
    /// What the path of the request begins with; nil is any.
    public var path: String?
    /// A field of the request's head; nil is any.
    public var header: String?
    /// What that field must say; nil is that it is there.
    public var value: String?
    /// 9 has its turn first, 0 last.
    public var priority: Int

    /// A rule for every call.
    public init(priority: Int) {
        self.priority = priority
    }
}
