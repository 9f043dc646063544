internal import Stack

/// A message in words, the same for every channel that takes words.
struct AlertText {
    private static let mostLines = 20

    let message: AlertMessage
    /// What is said where it comes later than it should.
    var lateness: Lateness?

    /// One line without the severity: `shop/postgres: ended by SIGKILL`.
    var subject: String {
        guard let item = message.items.first else { return "\(message.stack): a test message of Hale's" }
        guard message.items.count == 1 else {
            let verb =
                switch message.kind {
                case .firing, .updated, .repeated, .escalated: "alerts"
                case .recovered, .test: "alerts are over"
                case .repaired: "failures were repaired"
                }
            return "\(message.stack): \(message.items.count) \(verb) (\(Self.names(message.items.map(\.service))))"
        }
        return "\(message.stack)/\(item.service): \(Self.headline(item))"
    }

    /// One line for people: `[CRITICAL] shop/postgres: ended by SIGKILL`.
    var title: String { "[\(label)] \(subject)" }

    /// The whole text, without the title.
    var body: String { lines.joined(separator: "\n") }

    /// A word or two for what it is.
    var label: String {
        switch message.kind {
        case .firing, .updated: message.severity.rawValue.uppercased()
        case .repeated: "STILL \(message.severity.rawValue.uppercased())"
        case .escalated: "NOT ACKNOWLEDGED, \(message.severity.rawValue.uppercased())"
        case .recovered: "RECOVERED"
        case .repaired: "INFO"
        case .test: "TEST"
        }
    }

    var lines: [String] {
        var lines: [String] = []
        for item in message.items.prefix(Self.mostLines) { lines += Self.sentences(item) }
        if message.items.count > Self.mostLines { lines.append("And \(message.items.count - Self.mostLines) more.") }
        if message.items.isEmpty { lines.append("If you can read this, the channel '\(message.channel)' works.") }
        if let item = message.items.first { lines.append(advice(item)) }
        if let lateness { lines.append(lateness.sentence) }
        return lines
    }

    private static func headline(_ item: AlertMessage.Item) -> String {
        switch item.kind {
        case .firing, .updated, .repeated, .escalated, .test: item.cause
        case .recovered: "well again after \(span(item.duration ?? .zero))"
        case .repaired: "repaired by itself in \(span(item.duration ?? .zero)) (\(item.cause))"
        }
    }

    private static func sentences(_ item: AlertMessage.Item) -> [String] {
        var lines: [String] = []
        let began = UTCText.plain(item.startedAt)
        switch item.kind {
        case .firing, .updated, .repeated, .escalated, .test:
            lines.append("\(item.service) fails since \(began): \(item.cause).")
        case .recovered, .repaired:
            lines.append(
                "\(item.service) failed at \(began): \(item.cause). It took \(span(item.duration ?? .zero)) until all was "
                    + "well.")
        }
        if let former = item.former, former.service != item.service {
            lines.append("\(item.service) is at fault, and not \(former.service) as was told before.")
        }
        if item.victimCount > 0 {
            let verb = item.endedAt == nil ? "suffer" : "suffered"
            lines.append("Because of it \(item.victimCount) \(verb): \(names(item.victims, of: item.victimCount)).")
        }
        if let note = item.note { lines.append(note) }
        return lines
    }

    private func advice(_ item: AlertMessage.Item) -> String {
        let hale = "hale -p \(message.stack)"
        let story = "What happened: \(hale) incidents show \(item.id)"
        return item.kind.isOngoing ? "\(story). Look after it: \(hale) alert ack \(item.id)" : story
    }

    static func names(_ names: [String], of count: Int? = nil) -> String {
        let count = count ?? names.count
        guard count > 4 else { return names.joined(separator: ", ") }
        return names.prefix(3).joined(separator: ", ") + " and \(count - 3) more"
    }

    /// A duration as far as a person cares: `412ms`, `7.5s`, `3m12s`.
    static func span(_ duration: Duration) -> String {
        let unit: Int64
        switch duration {
        case ..<Duration.seconds(1): unit = 1_000_000
        case ..<Duration.seconds(60): unit = 100_000_000
        default: unit = 1_000_000_000
        }
        return DurationText.format(.nanoseconds(duration.nanoseconds / unit * unit))
    }
}

/// How late a message is, and why.
public struct Lateness: Hashable, Sendable {
    /// A message that comes within that time is not called late.
    public static let tolerance = Duration.seconds(30)

    /// By how much.
    public var duration: Duration
    /// What the last attempt met, where there was one.
    public var reason: String?

    /// How late a message of that time is now; nil where it is not.
    public init?(createdAt: Int64, now: Int64, reason: String?) {
        let (late, overflow) = now.subtractingReportingOverflow(createdAt)
        guard !overflow, Duration.nanoseconds(late) > Self.tolerance else { return nil }
        duration = .nanoseconds(late)
        self.reason = reason
    }

    var sentence: String {
        let why = reason.map { " (\($0))" } ?? ""
        return "This message is late by \(AlertText.span(duration)): it could not be delivered before\(why)."
    }
}
