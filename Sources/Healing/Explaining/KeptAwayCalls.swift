public import Stack

/// Calls that a circuit breaker keeps away from an instance; the engine knows nothing of them but what it is told for an
/// explanation.
public struct KeptAwayCalls: Hashable, Sendable {
    /// The instance.
    public var instance: InstanceID
    /// The port of the service.
    public var port: UInt16
    /// Since when; nil where that is not known.
    public var since: Instant?
    /// What the last call met that failed ("connection refused"), where one did.
    public var reason: String?
    /// When a few are let through on trial; nil where that is the case already, or waits for a person.
    public var until: Instant?
    /// Whether a person wanted it so.
    public var isByHand: Bool

    /// Those calls.
    public init(
        instance: InstanceID, port: UInt16, since: Instant?, reason: String?, until: Instant?, isByHand: Bool
    ) {
        self.instance = instance
        self.port = port
        self.since = since
        self.reason = reason
        self.until = until
        self.isByHand = isByHand
    }

    /// What there is to say about it.
    func sentences(_ words: TimeWords) -> [String] {
        let cause = isByHand ? ": a person wants it so" : reason.map { ": \($0)" } ?? ""
        let time = since.map { " " + words.since($0) } ?? ""
        return ["Calls to \(instance) port \(port) are kept away\(time)\(cause).", next(words)]
    }

    private func next(_ words: TimeWords) -> String {
        if isByHand { return "To let them through again: hale breaker close \(instance)" }
        guard let until else { return "A few are let through on trial, and all of them once those go well." }
        return "A few are let through on trial at \(words.future(until))."
    }
}
