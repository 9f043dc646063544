internal import Alerting
internal import Control
internal import Platform
internal import Stack
internal import Synchronization

/// The alerts as judged last: written by the healer's thread, read by those of the status API without waiting for it.
final class PublishedAlerts: Sendable {
    private let contents = Mutex(AlertOverview())

    var overview: AlertOverview { contents.withLock { $0 } }

    func update(_ overview: AlertOverview) { contents.withLock { $0 = overview } }
}

extension AlertOverview {
    /// What people see of the machine and the outbox; `time` gives an instant the calendar's name.
    init(_ machine: AlertMachine, _ outbox: Outbox, _ policy: AlertPolicy?, time: (Instant) -> String) {
        let states = outbox.states
        self.init(
            alerts: machine.memory.alerts.values.sorted { $0.condition.id < $1.condition.id }
                .map { AlertStatus($0, time: time) },
            channels: (policy?.channels ?? []).map { AlertChannelStatus($0, states[$0.name], time: time) })
    }
}

extension AlertStatus {
    fileprivate init(_ alert: Alert, time: (Instant) -> String) {
        let condition = alert.condition
        let state: State = alert.acknowledgement != nil ? .acknowledged : alert.told.isEmpty ? .pending : .firing
        self.init(
            id: condition.id, state: state, service: condition.service, severity: condition.severity,
            cause: condition.cause, startedAt: time(condition.firstSignAt), victims: condition.victims,
            victimCount: condition.victimCount, channels: alert.told.keys.sorted(),
            acknowledgedBy: alert.acknowledgement?.by, acknowledgedAt: (alert.acknowledgement?.at).map(time))
    }
}

extension AlertChannelStatus {
    fileprivate init(_ channel: AlertChannel, _ state: ChannelState?, time: (Instant) -> String) {
        let state = state ?? ChannelState()
        self.init(
            name: channel.name, kind: channel.kind.word, state: state.problem == nil ? .ok : .failing,
            queued: state.queued, failed: state.failed, sentTotal: state.sentCount, failedTotal: state.failedCount,
            problem: state.problem,
            lastDeliveryAt: state.lastDeliveryAt.map { Timestamp.format(nanosecondsSince1970: $0) },
            nextAttemptAt: state.nextAttemptAt.map { time($0 == .zero ? Instant.now() : $0) })
    }
}
