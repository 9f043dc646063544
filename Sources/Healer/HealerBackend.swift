internal import Control
internal import Journal
internal import Platform
internal import Stack
internal import Synchronization

/// What the status API's threads see of the healer: the published picture, and a way to hand it commands.
final class HealerBackend: ControlBackend {
    /// How long a caller waits for the healer's thread before being told that it is busy.
    private static let patience = Duration.seconds(20)

    private let published: PublishedStatus
    private let meter = UsageMeter()
    private let mailbox: Mailbox
    private let journal: Journal
    private let publishedFlags: PublishedFlags
    private let publishedAlerts: PublishedAlerts
    private let handler: Mutex<(@Sendable (ControlCommand, String, ReplySlot) -> Void)?>
    private let explainer = Mutex<(@Sendable (String, AnswerSlot<Explanation?>) -> Void)?>(nil)

    init(
        published: PublishedStatus, flags: PublishedFlags, alerts: PublishedAlerts, mailbox: Mailbox, journal: Journal
    ) {
        publishedFlags = flags
        publishedAlerts = alerts
        self.published = published
        self.journal = journal
        self.mailbox = mailbox
        handler = Mutex(nil)
    }

    /// Sets who carries commands out; called on the healer's thread for each.
    func connect(_ handler: @escaping @Sendable (ControlCommand, String, ReplySlot) -> Void) {
        self.handler.withLock { $0 = handler }
    }

    /// Sets who explains services; called on the healer's thread for each.
    func connect(explaining explainer: @escaping @Sendable (String, AnswerSlot<Explanation?>) -> Void) {
        self.explainer.withLock { $0 = explainer }
    }

    func status() -> StackStatus { published.status }

    func stack() -> Stack { published.stack }

    func usage() -> [String: ServiceUsage] { meter.usage(of: published.status, published.stack) }

    func metrics() -> [MetricFamily] {
        let stack = published.status.stack
        return GatewayMetrics.families(published.counters, stack: stack)
            + CallMetrics.families(published.calls, stack: stack)
    }

    func flags() -> [FlagStatus] { publishedFlags.flags }

    func alerts() -> AlertOverview { publishedAlerts.overview }

    func events(_ query: EventQuery) -> [EventRecord] { journal.events(query) }

    func waitForEvent(after id: Int64, patience: Duration) -> Bool {
        journal.waitForEvent(after: id, patience: patience)
    }

    func incidents(before: Int64?, limit: Int, onlyOpen: Bool) -> [IncidentRecord] {
        journal.incidents(before: before, limit: limit, onlyOpen: onlyOpen)
    }

    func incident(_ id: Int64) -> IncidentRecord? { journal.incident(id) }

    func explanation(of service: String) -> Explanation? {
        guard let explainer = explainer.withLock({ $0 }) else { return nil }
        let slot = AnswerSlot<Explanation?>()
        mailbox.post { explainer(service, slot) }
        if let answer = slot.wait(Self.patience) { return answer }
        guard published.status.services[service] != nil else { return nil }
        return Explanation(
            service: service, sentences: ["Hale's healer did not answer within 20 s; see its log, and try again."])
    }

    func perform(_ command: ControlCommand, by actor: String) -> ControlReply {
        guard let handler = handler.withLock({ $0 }) else { return .refused("Hale is starting; try again") }
        let slot = ReplySlot()
        mailbox.post { handler(command, actor, slot) }
        return slot.wait(Self.patience) ?? .failed("the healer did not answer within 20 s; see its log")
    }
}
