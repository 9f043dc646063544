internal import Control
internal import Platform
internal import Stack

/// Alerts and channels as tables.
enum AlertTable {
    static func alerts(_ alerts: [AlertStatus], now: Int64) -> TextTable {
        var table = TextTable(header: ["ID", "STATE", "SEVERITY", "SERVICE", "CAUSE", "FOR", "TOLD", "ACKNOWLEDGED BY"])
        table.rows = alerts.map { alert in
            let began = CalendarTime(alert.startedAt)?.nanoseconds ?? now
            return [
                .init(String(alert.id)), .init(alert.state.rawValue),
                .init(alert.severity.rawValue, alert.severity == .critical ? .red : .yellow), .init(alert.service),
                .init(alert.cause), .init(TimeText.age(Double(now - began) / 1e9)),
                .init(alert.channels.isEmpty ? "-" : alert.channels.joined(separator: ", ")),
                .init(alert.acknowledgedBy ?? ""),
            ]
        }
        return table
    }

    static func channels(_ channels: [AlertChannelStatus]) -> TextTable {
        var table = TextTable(header: ["CHANNEL", "KIND", "STATE", "SENT", "QUEUED", "FAILED", "PROBLEM"])
        table.rows = channels.map { channel in
            [
                .init(channel.name), .init(channel.kind),
                .init(channel.state.rawValue, channel.state == .ok ? .green : .red), .init(String(channel.sentTotal)),
                .init(String(channel.queued)), .init(String(channel.failed)), .init(channel.problem ?? ""),
            ]
        }
        return table
    }
}
