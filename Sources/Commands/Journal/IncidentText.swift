internal import Control
internal import Stack

/// One incident for a person: what was wrong, who suffered, what was done and how long it took.
enum IncidentText {
    static func text(_ incident: IncidentRecord, now: Int64, style: Style) -> String {
        var lines = [
            style.bold("incident \(incident.id)") + ", "
                + style.paint(incident.state.rawValue, IncidentTable.paint(incident.state)),
            "",
        ]
        lines += facts(incident, now: now).map { "  " + style.dim(EventText.padded($0.name, 10)) + "  " + $0.text }
        lines += section("victims", victims(incident), style)
        lines += section("timeline", timeline(incident, style), style)
        for tail in incident.logs { lines += section("last lines of \(tail.instance)", tail.lines, style) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `340 ms`, `1.2 s`, `4 minutes`; a clock that was set back meanwhile makes it nothing, not less.
    static func span(from start: Int64, to end: Int64) -> String {
        let (nanoseconds, _) = end.subtractingReportingOverflow(start)
        return nanoseconds <= 0 ? "0 ms" : TimeText.took(Double(nanoseconds) / 1e9)
    }

    private static func section(_ title: String, _ lines: [String], _ style: Style) -> [String] {
        lines.isEmpty ? [] : ["", style.bold(title)] + lines.map { "  " + $0 }
    }

    private static func facts(_ incident: IncidentRecord, now: Int64) -> [(name: String, text: String)] {
        func time(_ nanoseconds: Int64) -> String { Timestamp.format(nanosecondsSince1970: nanoseconds) }
        let begin = incident.firstSignAt
        var facts = [("root", incident.root), ("cause", incident.cause), ("first sign", time(begin))]
        if let verdict = incident.verdictAt {
            facts.append(("verdict", "\(time(verdict)), detected in \(span(from: begin, to: verdict))"))
        } else {
            facts.append(("verdict", incident.state == .open ? "not yet" : "none: nothing had to be done"))
        }
        if let repair = incident.repairedAt {
            let start = incident.verdictAt ?? begin
            facts.append(("repaired", "\(time(repair)), repaired in \(span(from: start, to: repair))"))
        } else if incident.state == .open {
            facts.append(("repaired", "not yet, \(span(from: begin, to: now)) so far"))
        }
        if let end = incident.endedAt {
            let words = incident.state == .closed ? "ended by a person after" : "recovered in"
            facts.append(("over", "\(time(end)), \(words) \(span(from: begin, to: end))"))
        }
        return facts
    }

    private static func victims(_ incident: IncidentRecord) -> [String] {
        let width = incident.victims.map(\.service.count).max() ?? 0
        return incident.victims.map { victim in
            let since = "+" + span(from: incident.firstSignAt, to: victim.since)
            let end =
                victim.recoveredAt.map { recovered in
                    "well again at +\(span(from: incident.firstSignAt, to: recovered))"
                } ?? "not well again"
            return "\(EventText.padded(victim.service, width))  from \(since): \(victim.sign); \(end)"
        }
    }

    private static func timeline(_ incident: IncidentRecord, _ style: Style) -> [String] {
        let offsets = incident.timeline.map { "+" + span(from: incident.firstSignAt, to: $0.time) }
        let subjects = incident.timeline.map { $0.instance ?? $0.service ?? "-" }
        let (offsetWidth, subjectWidth) = (width(offsets), width(subjects))
        let kindWidth = width(incident.timeline.map(\.kind))
        var lines = zip(incident.timeline, zip(offsets, subjects)).map { moment, columns in
            let cause = moment.cause.flatMap { moment.text.contains($0) ? nil : " (\($0))" } ?? ""
            return EventText.padded(columns.0, offsetWidth) + "  "
                + style.paint(EventText.padded(moment.kind, kindWidth), EventText.paint(moment.kind)) + "  "
                + EventText.padded(columns.1, subjectWidth) + "  " + moment.text + cause
        }
        if incident.omitted > 0 {
            lines.insert("… \(incident.omitted) moments are left out here …", at: lines.count / 2)
        }
        return lines
    }

    private static func width(_ texts: [String]) -> Int { texts.map(\.count).max() ?? 0 }
}
