internal import Control
internal import Stack

/// A list of incidents.
enum IncidentTable {
    static func text(_ incidents: [IncidentRecord], now: Int64, style: Style) -> String {
        var table = TextTable(header: ["ID", "STATE", "ROOT", "CAUSE", "BEGAN", "DURATION", "VICTIMS"])
        table.rows = incidents.map { incident in
            [
                .init(String(incident.id)), .init(incident.state.rawValue, paint(incident.state)), .init(incident.root),
                .init(incident.cause), .init(Timestamp.format(nanosecondsSince1970: incident.firstSignAt)),
                .init(duration(incident, now: now)), .init(victims(incident)),
            ]
        }
        return table.rendered(style)
    }

    static func paint(_ state: IncidentRecord.State) -> Style.Paint {
        switch state {
        case .open: .red
        case .resolved: .green
        case .closed: .dim
        }
    }

    private static func duration(_ incident: IncidentRecord, now: Int64) -> String {
        let text = IncidentText.span(from: incident.firstSignAt, to: incident.endedAt ?? now)
        return incident.endedAt == nil ? text + " so far" : text
    }

    private static func victims(_ incident: IncidentRecord) -> String {
        let names = incident.victims.map(\.service)
        guard names.count > 3 else { return names.isEmpty ? "-" : names.joined(separator: ", ") }
        return names.prefix(2).joined(separator: ", ") + " and \(names.count - 2) more"
    }
}
