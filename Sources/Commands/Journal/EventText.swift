internal import Control
internal import Stack

/// An event as a line for a person.
enum EventText {
    private static let kindWidth = 14
    private static let subjectWidth = 12

    /// `2026-01-31T10:00:00.123Z  exited  redis-1  ended by SIGKILL`, with its end.
    static func line(_ event: EventRecord, style: Style) -> String {
        let time = Timestamp.format(nanosecondsSince1970: event.time)
        let kind = padded(event.kind, kindWidth)
        let subject = padded(event.instance ?? event.service ?? "-", subjectWidth)
        return "\(style.dim(time))  \(style.paint(kind, paint(event.kind)))  \(subject)  \(sentence(event))\n"
    }

    /// The text with its cause, where that says more, and who asked.
    private static func sentence(_ event: EventRecord) -> String {
        let cause = event.cause.flatMap { event.text.contains($0) ? nil : " (\($0))" } ?? ""
        return event.text + cause + (event.actor.map { ", by \($0)" } ?? "")
    }

    static func paint(_ kind: String) -> Style.Paint {
        switch kind {
        case "exited", "startFailed", "unhealthy", "failed", "quarantined", "alert", "killed", "refusing", "journal",
            "configurationRefused", "alertFailed":
            .red
        case "restarting", "restartPlanned", "waiting", "held", "notice", "hookFailed", "stopping", "flagChanged":
            .yellow
        case "healthy", "ready", "forwarding", "mended", "completed", "unblocked": .green
        default: .plain
        }
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
