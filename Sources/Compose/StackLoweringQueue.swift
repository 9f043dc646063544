internal import Stack

/// Reads `queue`: `true` or a mapping.
struct QueueLowering {
    static let keys = ["methods", "paths", "count", "size", "body", "keep", "attempts", "concurrency"]
    /// Methods of requests that ask for something to be done, and of which nobody needs the answer at once.
    static let methods = ["POST", "PUT", "PATCH", "DELETE"]
    static let largestSize: Int64 = 1 << 40
    /// A body is in memory as a whole when it is written and when it is sent.
    static let largestBody: Int64 = 64 << 20

    let fields: Fields

    /// `queue` alone, as a step of a list or as the whole chain, is short for `queue: true`.
    static func expanded(_ value: ComposeValue?) -> ComposeValue? {
        guard value?.scalarText == "queue" else { return value }
        var map = ComposeMap()
        map["queue"] = .bool(true)
        return .map(map)
    }

    func policy(_ problems: inout Problems) -> QueuePolicy? {
        guard let value = fields["queue"], !fields.isOff("queue") else { return nil }
        guard value.map != nil else {
            if value == .bool(true) { return QueuePolicy() }
            problems.report(
                fields.path + ["queue"], "expected true, off or a mapping with \(Self.keys.joined(separator: ", "))")
            return nil
        }
        let own = fields.fields("queue")
        own.allow(Self.keys, &problems)
        var policy = QueuePolicy()
        policy.methods = own.methods("methods", among: Self.methods, &problems) ?? policy.methods
        if own["methods"]?.list?.isEmpty == true {
            problems.report(own.path + ["methods"], "is empty; expected the methods that are queued")
        }
        policy.paths = paths(own, &problems)
        policy.count = own.count("count", in: 1...100_000, &problems) ?? policy.count
        policy.size = own.size("size", atMost: Self.largestSize, "1TiB", &problems) ?? policy.size
        policy.body = min(policy.body, policy.size)
        let largest = min(policy.size, Self.largestBody)
        let name = largest == policy.size ? "size" : "64MiB"
        policy.body = own.size("body", atMost: largest, name, &problems) ?? policy.body
        policy.keep = own.wait("keep", &problems) ?? policy.keep
        policy.attempts = own.count("attempts", in: 1...1_000, &problems) ?? policy.attempts
        policy.concurrency = own.count("concurrency", in: 1...16, &problems) ?? policy.concurrency
        return policy
    }

    private func paths(_ own: Fields, _ problems: inout Problems) -> [String] {
        guard let texts = own.strings("paths", &problems) else { return [] }
        if texts.isEmpty {
            problems.report(own.path + ["paths"], "is empty; leave it out, or say how the paths begin that are queued")
        }
        for (index, text) in texts.enumerated() where !text.hasPrefix("/") {
            problems.report(
                own.path + ["paths", "\(index)"], "expected how a path begins, such as /orders, found '\(text)'")
        }
        return texts
    }
}
