internal import Engines
internal import Healing
internal import Stack

/// Reads what an engine says of containers. Lives on the thread that asks it.
struct ContainerReading {
    private struct Facts {
        var hasCheck: Bool
        var verdictTime: Duration
        var sharesNamespaceOf: String?
    }

    private let settings: WatchSettings
    /// What does not change for as long as a container lives.
    private var facts: [String: Facts] = [:]

    init(_ settings: WatchSettings) {
        self.settings = settings
    }

    /// All containers.
    mutating func all(_ session: EngineSession) throws(EngineError) -> [WatchedContainer] {
        let summaries = try session.containers()
        let present = Set(summaries.map(\.Id))
        facts = facts.filter { present.contains($0.key) }
        var containers: [WatchedContainer] = []
        for summary in summaries {
            // One without a name is being removed.
            guard let name = summary.Names?.first else { continue }
            if let known = facts[summary.Id], let health = Self.health(summary, known.hasCheck) {
                containers.append(
                    container(summary.Id, name, summary.State, health, known, summary.Labels ?? [:]))
            } else if let container = try one(summary.Id, session) {
                containers.append(container)
            }
        }
        return containers
    }

    /// One container; nil where it is gone.
    mutating func one(_ id: String, _ session: EngineSession) throws(EngineError) -> WatchedContainer? {
        let details: ContainerDetails
        do throws(EngineError) { details = try session.container(id) } catch {
            guard error.isNotFound else { throw error }
            facts[id] = nil
            return nil
        }
        let known = Self.facts(of: details)
        facts[details.Id] = known
        let health = details.State.Health?.Status.flatMap { WatchedContainer.Health(rawValue: $0) } ?? .none
        return container(
            details.Id, details.Name, details.State.Status, health, known, details.Config.Labels ?? [:])
    }

    private func container(
        _ id: String, _ name: String, _ state: String, _ health: WatchedContainer.Health, _ facts: Facts,
        _ labels: [String: String]
    ) -> WatchedContainer {
        // A word that no engine says now is taken for one that lets it alone.
        let state = WatchedContainer.State(rawValue: state) ?? .created
        let bare = name.hasPrefix("/") ? String(name.dropFirst()) : name
        var container = WatchedContainer(id: id, name: bare, state: state, health: health)
        container.isWatched = isChosen(labels)
        container.stopTimeout =
            labels["autoheal.stop.timeout"].flatMap { Int($0) }.map { min(max($0, 0), 86_400) } ?? settings.stopTimeout
        container.sharesNamespaceOf = facts.sharesNamespaceOf
        container.verdictTime = facts.verdictTime
        if let project = labels[ComposeLabels.project], let service = labels[ComposeLabels.service] {
            container.membership = WatchedContainer.Membership(project: project, service: service)
            container.needs = Self.needs(labels[ComposeLabels.dependencies] ?? "")
        }
        return container
    }

    private func isChosen(_ labels: [String: String]) -> Bool {
        guard labels["autoheal"]?.lowercased() != "false" else { return false }
        switch settings.choice {
        case .all: return true
        case .label(let name): return labels[name] == "true"
        }
    }

    /// What the list says of health; nil where it does not tell.
    private static func health(_ summary: ContainerSummary, _ hasCheck: Bool) -> WatchedContainer.Health? {
        guard hasCheck else { return WatchedContainer.Health.none }
        let status = summary.Status ?? ""
        if status.contains("(unhealthy)") { return .unhealthy }
        if status.contains("(healthy)") { return .healthy }
        if status.contains("(health: starting)") { return .starting }
        return summary.State == "running" ? nil : WatchedContainer.Health.none
    }

    private static func facts(of details: ContainerDetails) -> Facts {
        let check = details.Config.Healthcheck
        let hasCheck = details.State.Health != nil || check?.Test.map { $0.first != "NONE" && !$0.isEmpty } == true
        // Docker's own values where the container says nothing: 30 s, 30 s, 3.
        let interval = positive(check?.Interval) ?? 30_000_000_000
        let timeout = positive(check?.Timeout) ?? 30_000_000_000
        let once = interval.addingReportingOverflow(timeout).partialValue
        // One good answer is enough, and the next question may just have been asked.
        let verdict = min(max(once, 1_000_000_000), 3_600_000_000_000) + 1_000_000_000
        let modes = [details.HostConfig?.NetworkMode, details.HostConfig?.PidMode, details.HostConfig?.IpcMode]
        let shared = modes.compactMap { $0 }.first { $0.hasPrefix("container:") }
        return Facts(
            hasCheck: hasCheck, verdictTime: .nanoseconds(verdict),
            sharesNamespaceOf: shared.map { String($0.dropFirst("container:".count)) })
    }

    private static func positive(_ number: Int64?) -> Int64? { number.flatMap { $0 > 0 ? $0 : nil } }

    /// `db:service_healthy:false,cache:service_started:true`, as Compose writes it: service, condition, restart.
    static func needs(_ label: String) -> [WatchedContainer.Need] {
        label.split(separator: ",").compactMap { part in
            let words = part.split(separator: ":", omittingEmptySubsequences: false)
            guard let service = words.first, !service.isEmpty else { return nil }
            return WatchedContainer.Need(String(service), restart: words.count > 2 && words[2] == "true")
        }
    }
}
