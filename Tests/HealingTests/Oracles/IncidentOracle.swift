import Healing
import Stack

/// Incidents: one root, which is the deepest failing service at the time; every failing service is in exactly one, or a
/// person or a start explains it; none ends before everyone in it is well; what is told is complete, bounded and unique.
struct IncidentOracle: Oracle {
    private var told: [Int64: Incident] = [:]
    private var largest: Int64 = 0
    private var signs = FailureSigns()

    mutating func look(at step: Step, in world: World) -> [String] {
        signs.note(step)
        let broken = listen(step, world)
        let kept = world.engine.incidents
        guard kept == told.values.sorted(by: { $0.id < $1.id }) else {
            return broken + ["incidents: told \(told.keys.sorted()), kept \(kept.map(\.id)), or not the same of them"]
        }
        return broken + attribution(step, world) + entries(step) + membership(step)
    }

    // MARK: What is told

    private mutating func listen(_ step: Step, _ world: World) -> [String] {
        var broken: [String] = []
        var seen: Set<Int64> = []
        for effect in step.effects {
            guard case .incident(let incident) = effect else { continue }
            if !seen.insert(incident.id).inserted { broken.append("incident \(incident.id) is told twice at a time") }
            broken += form(incident, step)
            if let before = told[incident.id] {
                if before == incident { broken.append("incident \(incident.id) is told although nothing changed") }
                if incident.state == .resolved { broken += tooEarly(incident, step) }
            } else {
                if incident.id <= largest { broken.append("incident \(incident.id) is told again after its end") }
                largest = max(largest, incident.id)
            }
            told[incident.id] = incident.state == .open ? incident : nil
        }
        return broken
    }

    private func form(_ incident: Incident, _ step: Step) -> [String] {
        var broken: [String] = []
        func demand(_ holds: Bool, _ what: String) {
            if !holds {
                broken.append("incident \(incident.id) of \(incident.root): \(what); victims: \(incident.victims)")
            }
        }
        demand(incident.timeline.count <= 200, "its timeline is not bounded")
        demand(incident.timeline.count == 200 || incident.omitted == 0, "moments are left out without need")
        demand(!incident.timeline.isEmpty, "nothing happened in it")
        demand(incident.timeline.map(\.time) == incident.timeline.map(\.time).sorted(), "its timeline is not in order")
        let members = incident.victims.map(\.service) + [incident.root]
        demand(Set(members).count == members.count, "a service is in it twice")
        demand(incident.firstSignAt <= step.now, "it begins in the future")
        demand(incident.victims.allSatisfy { $0.since >= incident.firstSignAt }, "a victim was first")
        demand((incident.state == .open) == (incident.endedAt == nil), "its end and its state differ")
        if incident.state == .resolved {
            demand(incident.repairedAt != nil, "it is over and its root is not well")
            demand(incident.victims.allSatisfy { $0.recoveredAt != nil }, "it is over and a victim is not well")
        }
        return broken
    }

    /// Whether someone in it has not been well for long enough, as everyone can see.
    private func tooEarly(_ incident: Incident, _ step: Step) -> [String] {
        guard let before = told[incident.id] else { return [] }
        let open = before.victims.filter { $0.recoveredAt == nil || step.now - ($0.recoveredAt ?? .zero) < .seconds(5) }
        let names =
            open.map(\.service) + (before.repairedAt.map { step.now - $0 < .seconds(5) } ?? true ? [before.root] : [])
        return names.filter { step.stack.services[$0] != nil }.compactMap { name in
            let reports = step.after.filter { $0.id.service == name }
            let isWell = reports.contains {
                $0.state == .completed
                    || $0.state == .running && [.none, .healthy].contains($0.health)
                        && step.now - $0.since >= .seconds(5)
            }
            return isWell ? nil : "incident \(incident.id) is resolved although \(name) is not well for long enough"
        }
    }

    // MARK: Whose fault

    /// What a step opens, or gives another root, has the deepest failing service as its root.
    private func attribution(_ step: Step, _ world: World) -> [String] {
        step.entries.flatMap { entry -> [String] in
            guard entry.kind == .incidentOpened || entry.kind == .rootMoved, let root = entry.service else { return [] }
            var broken: [String] = []
            let dependencies = step.stack.allDependencies(of: root)
            for incident in told.values.sorted(by: { $0.id < $1.id }) {
                let failing = incident.failing.filter { dependencies.contains($0) && !isWell($0, step) }
                if !failing.isEmpty {
                    broken.append("\(root) is called the root although it needs \(failing), which fails")
                }
            }
            if let will = world.engine.wills[root], will.stopped || will.paused {
                broken.append("\(root) is called the root of an incident although a person stopped or paused it")
            }
            if case .exited(let instance, _, _) = step.event, instance.service == root, entry.kind == .incidentOpened,
                signs.isEndByHand(step.event), step.stack.services[root]?.replicas == 1
            {
                broken.append("\(root) is called the root of an incident although a person killed it")
            }
            return broken + overlooked(root)
        }
    }

    /// A root that needs another one and complained just before is no root.
    private func overlooked(_ root: String) -> [String] {
        guard let incident = told.values.first(where: { $0.root == root }) else { return [] }
        return told.values.sorted { $0.id < $1.id }.compactMap { other in
            guard other.id != incident.id, other.repairedAt == nil, signs.needs(other.root, root),
                let verdict = other.verdictAt, let own = incident.verdictAt, verdict < own,
                incident.firstSignAt <= verdict
            else { return nil }
            return "\(other.root) is a root although it needs \(root), which failed at the same time"
        }
    }

    private func isWell(_ service: String, _ step: Step) -> Bool {
        step.after.contains {
            $0.id.service == service
                && ($0.state == .completed || $0.state == .running && [.none, .healthy].contains($0.health))
        }
    }

    // MARK: Who is in it

    private func entries(_ step: Step) -> [String] {
        let known = Set(told.keys).union(
            step.effects.compactMap { if case .incident(let incident) = $0 { incident.id } else { nil } })
        return step.entries.compactMap { entry in
            guard let id = entry.incident, !known.contains(id) else { return nil }
            return "an entry belongs to incident \(id), which is not open: \(entry)"
        }
    }

    private func membership(_ step: Step) -> [String] {
        var broken: [String] = []
        var owners: [String: Int64] = [:]
        for incident in told.values {
            for service in incident.failing where owners.updateValue(incident.id, forKey: service) != nil {
                broken.append("\(service) is in two incidents")
            }
        }
        for service in signs.failing(step) where owners[service] == nil {
            if signs.isByHand(service)
                || step.stack.allDependencies(of: service).contains(where: { !signs.isWell($0, step) })
            {
                continue
            }
            broken.append("\(service) fails and is in no incident")
        }
        return broken
    }

    /// Incidents that are still open although everyone in them is well, in words.
    static func unfinished(_ world: World) -> [String] {
        let reports = world.engine.report()
        return world.engine.incidents.compactMap { incident in
            let isExplained = incident.failing.contains { name in
                let isJob = world.habits[name]?.work != nil && !world.stack.isOneShot(name)
                return isJob || reports.contains { $0.id.service == name && !isWell($0) }
            }
            return isExplained ? nil : "incident \(incident.id) of \(incident.root) does not end"
        }
    }

    private static func isWell(_ report: InstanceReport) -> Bool {
        report.state == .completed
            || report.state == .running && [.none, .healthy].contains(report.health) && report.waitingOn == nil
    }

    mutating func haleRestarted() {
        signs.haleRestarted()
    }
}

extension Incident {
    /// Its services that are not well.
    var failing: [String] {
        victims.filter { $0.recoveredAt == nil }.map(\.service) + (repairedAt == nil ? [root] : [])
    }
}
