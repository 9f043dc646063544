internal import Alerting
internal import Healing
internal import Stack

/// What is written down of alerts, and what stands among the notices while it is so. Channels are named, and never what is
/// secret about them.
struct AlertJournal {
    /// Writes an entry down.
    let write: (Entry) -> Void
    /// A sentence for the notices.
    let warn: (String) -> Void
    /// Takes sentences that begin so from the notices.
    let mend: (_ story: String, _ prefix: String) -> Void

    func delivered(_ message: AlertMessage, _ channel: AlertChannel?) {
        // Who keeps alerts is told of them again all the time.
        if message.kind == .repeated, channel?.kind.keepsAlerts == true { return }
        for item in message.items {
            write(
                Entry(
                    .alertSent, service: item.service,
                    text: "the channel \(message.channel) was told of alert \(item.id) (\(item.kind.rawValue))",
                    cause: item.cause, incident: item.id))
        }
    }

    func acknowledged(_ id: Int64, _ service: String, by actor: String) {
        write(
            Entry(
                .alertAcknowledged, service: service, text: "alert \(id) is acknowledged", cause: "asked by hand",
                actor: actor, incident: id))
    }

    func trouble(_ channel: String, _ problem: String) {
        warn("\(prefix(channel)) does not take alerts, which wait: \(problem)")
    }

    func mended(_ channel: String) {
        mend("\(prefix(channel)) takes alerts again", prefix(channel))
    }

    func failed(_ entry: OutboxEntry) {
        let problem = entry.problem ?? "it says nothing"
        let item = entry.message.items.first
        write(
            Entry(
                .alertFailed, service: item?.service,
                text: "\(prefix(entry.message.channel)) refuses an alert, which is given up",
                cause: problem, incident: item?.id))
        warn("\(prefix(entry.message.channel)) refuses alerts: \(problem); see 'hale alerts', and mend x-hale.alerts")
    }

    func dropped(_ count: Int, _ channel: String, _ reason: String) {
        let what = count == 1 ? "a message" : "\(count) messages"
        write(Entry(.alertFailed, text: "\(prefix(channel)) never gets \(what)", cause: reason))
    }

    private func prefix(_ channel: String) -> String { "the alert channel '\(channel)'" }
}
