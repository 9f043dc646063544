internal import Stack

/// An incident that is not over.
struct WatchIncidentPage {
    private static let longestTimeline = Incident.longestTimeline
    private static let mostTails = 40
    private static let longestCause = 200

    var record: IncidentRecord
    /// Those in it that are not well, by name.
    var unsettled: Set<String>

    /// Whether what happens to that container belongs in it.
    func concerns(_ name: String) -> Bool { record.root == name || unsettled.contains(name) }

    /// Whether that container is in it at all.
    func includes(_ name: String) -> Bool {
        record.root == name || record.victims.contains { $0.service == name }
    }

    mutating func join(_ note: WatchNote, at time: Int64) {
        let name = note.container.name
        unsettled.insert(name)
        if let place = record.victims.firstIndex(where: { $0.service == name }) {
            record.victims[place].recoveredAt = nil
        } else if record.victims.count < Incident.mostVictims {
            record.victims.append(.init(service: name, sign: note.text, since: time))
        }
    }

    mutating func take(_ note: WatchNote, at time: Int64) {
        let name = note.container.name
        let failure = WatchNote.Kind.restartFailed.entryKind.rawValue
        let ends = [WatchNote.Kind.restarted.entryKind.rawValue, failure]
        let couldNotBeRestarted =
            record.timeline.last { $0.service == name && ends.contains($0.kind) }?.kind == failure
        add(note.entryKind.rawValue, name, note.text, at: time)
        let hasCheck = note.container.health != .none
        switch note.kind {
        case .unhealthy:
            unsettled.insert(name)
            if name == record.root { record.repairedAt = nil }
        case .restarting: record.verdictAt = record.verdictAt ?? time
        case .restarted: if !hasCheck { settle(name, at: time) }
        case .restartFailed: if !hasCheck { unsettled.remove(name) }
        case .recovered: settle(name, at: time)
        case .leftAlone:
            // One that the engine restarts goes on; one that it could not start is nobody's wish.
            if note.container.state != .restarting, !couldNotBeRestarted { unsettled.remove(name) }
        case .removed: unsettled.remove(name)
        case .quarantined, .released: break
        }
    }

    mutating func settle(_ containers: [String: WatchedContainer], at time: Int64) {
        for name in unsettled.sorted() {
            guard let container = containers[name] else {
                add("stopped", name, "\(name) was removed meanwhile", at: time)
                unsettled.remove(name)
                continue
            }
            switch (container.state, container.health) {
            case (.running, .healthy), (.running, .none):
                add("healthy", name, "\(name) is well by now", at: time)
                settle(name, at: time)
            case (.running, .starting), (.running, .unhealthy), (.restarting, _): break
            case (.created, _), (.paused, _), (.removing, _), (.exited, _), (.dead, _):
                add("stopped", name, "\(name) is \(container.state.rawValue) by now", at: time)
                unsettled.remove(name)
            }
        }
    }

    private mutating func settle(_ name: String, at time: Int64) {
        unsettled.remove(name)
        if name == record.root { record.repairedAt = time }
        for place in record.victims.indices where record.victims[place].service == name {
            record.victims[place].recoveredAt = time
        }
    }

    mutating func add(_ evidence: CheckEvidence) {
        if evidence.container == record.root, let said = evidence.check.last(where: { !$0.isEmpty }) {
            record.cause = "its health check fails: " + String(said.prefix(Self.longestCause))
        }
        keep(evidence.check, as: "the health check of \(evidence.container)")
        keep(evidence.log, as: evidence.container)
    }

    private mutating func keep(_ lines: [String], as name: String) {
        guard !lines.isEmpty else { return }
        let tail = IncidentRecord.LogTail(instance: name, lines: lines)
        if let place = record.logs.firstIndex(where: { $0.instance == name }) {
            record.logs[place] = tail
        } else if record.logs.count < Self.mostTails {
            record.logs.append(tail)
        }
    }

    /// From a full timeline the middle goes: how it began and how it stands matter most.
    private mutating func add(_ kind: String, _ name: String, _ text: String, at time: Int64) {
        record.timeline.append(.init(time: time, kind: kind, service: name, text: text))
        guard record.timeline.count > Self.longestTimeline else { return }
        record.timeline.remove(at: Self.longestTimeline / 2)
        record.omitted += 1
    }
}
