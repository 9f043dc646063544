import Healing
import Stack

/// Law 4: restarts per window stay within the budget, restarts in progress within the cap, and a spent budget means
/// quarantine with one alert.
struct BoundedEffortOracle: Oracle {
    private var restarts: [InstanceID: [Instant]] = [:]
    private var inProgress: Set<InstanceID> = []
    /// Instances let out of quarantine for one try.
    private var onTrial: Set<InstanceID> = []
    /// Those of them whose try has not begun: a new healer may be the one that begins it, and calls it a restart.
    private var released: Set<InstanceID> = []
    /// Instances that were found bad since their last start: a missed watchdog shows in no report.
    private var foundBad: Set<InstanceID> = []
    private var wasJustRestarted = false

    mutating func look(at step: Step, in world: World) -> [String] {
        forgive(step)
        noteFoundBad(step)
        return countRestarts(step) + countTrials(step) + countInProgress(step) + countAlerts(step)
    }

    /// What a person starts, and what is configured anew, begins with a clean slate.
    private mutating func forgive(_ step: Step) {
        switch step.event {
        case .asked(let request, _):
            switch request {
            case .start, .restart, .releaseQuarantine: forgiveAll()
            case .stop, .kill, .pause, .unpause, .maintenance, .pauseHealing, .shutDown: break
            }
        case .configured:
            // A new engine is told what the one before knew.
            if !wasJustRestarted { forgiveAll() }
            wasJustRestarted = false
        case .configurationRefused, .adopted, .started, .startFailed, .ready, .statusText, .heartbeat, .stoppingItself,
            .extendTimeout, .exited, .standingOrdersWithdrawn, .drained, .probed, .callsFailed, .hooksFinished,
            .timePassed:
            break
        }
    }

    private mutating func forgiveAll() {
        restarts = [:]
        onTrial = []
        released = []
    }

    /// A try that fails is followed by quarantine; only sustained health ends it.
    private mutating func countTrials(_ step: Step) -> [String] {
        onTrial = onTrial.filter { instance in
            guard let report = step.before(instance), let policy = step.stack.services[instance.service]?.restart
            else { return false }
            let isWell = report.state == .running && [.none, .healthy].contains(report.health)
            return !isWell || step.now - report.since < policy.resetAfter
        }
        return step.entries.compactMap { entry in
            guard let instance = entry.instance else { return nil }
            if entry.kind == .released, step.request == nil { onTrial.insert(instance) }
            if entry.kind == .quarantined { onTrial.remove(instance) }
            guard entry.kind == .restarting, let cause = entry.cause, Self.counts(cause), onTrial.contains(instance)
            else { return nil }
            return "law 4: \(instance) is restarted although it was let out of quarantine for one try"
        }
    }

    private mutating func countRestarts(_ step: Step) -> [String] {
        var broken: [String] = []
        for entry in step.entries {
            if entry.kind == .released, step.request == nil, let instance = entry.instance { released.insert(instance) }
            guard entry.kind == .restarting else { continue }
            if let instance = entry.instance, released.remove(instance) != nil { continue }
            // Another launch is a new chance.
            if let instance = entry.instance, entry.cause == "its configuration was changed" {
                restarts[instance] = nil
            }
            guard let instance = entry.instance, let cause = entry.cause,
                let policy = step.stack.services[instance.service]?.restart, Self.counts(cause)
            else { continue }
            let recent = (restarts[instance] ?? []).filter { step.now - $0 < policy.budgetWindow } + [step.now]
            restarts[instance] = recent
            if recent.count > policy.budget {
                broken.append("law 4: \(instance) is restarted \(recent.count) times in \(policy.budgetWindow)")
            }
        }
        return broken
    }

    /// Whether a restart is one for the instance's own failure.
    private static func counts(_ cause: String) -> Bool {
        !cause.contains(" while ") && !cause.hasSuffix("was restarted") && !cause.contains("by hand")
            && !cause.contains("configuration") && !cause.contains("policy was changed")
            && !cause.contains("quarantine") && !cause.contains("part of the stack")
            && !cause.contains("wanted again")
    }

    private mutating func countInProgress(_ step: Step) -> [String] {
        for entry in step.entries where entry.kind == .restarting {
            guard let instance = entry.instance, let cause = entry.cause else { continue }
            if Self.counts(cause) || cause.contains(" while ") || cause.hasSuffix("was restarted") {
                inProgress.insert(instance)
            } else {
                inProgress.remove(instance)
            }
        }
        inProgress = inProgress.filter { instance in
            guard let report = step.after(instance) else { return false }
            let isOpen = report.state == .starting || report.state == .running && report.health == .starting
            return isOpen && !isHeldUp(instance.service, step)
        }
        guard inProgress.count > step.stack.restartConcurrency else { return [] }
        return ["law 4: \(inProgress.sorted()) are being restarted at a time"]
    }

    private mutating func noteFoundBad(_ step: Step) {
        if case .heartbeat(let instance, _) = step.event { foundBad.remove(instance) }
        for entry in step.entries {
            guard let instance = entry.instance else { continue }
            switch entry.kind {
            case .unhealthy: foundBad.insert(instance)
            case .healthy, .starting, .restarting, .adopted: foundBad.remove(instance)
            default: break
            }
        }
    }

    /// Whether something it needs is down: then it does not restart, it waits.
    private func isHeldUp(_ service: String, _ step: Step) -> Bool {
        step.stack.dependencies(of: service).contains { dependency in
            let reports = step.after.filter { $0.id.service == dependency.service }
            let isWell = reports.contains {
                $0.state == .completed
                    || $0.state == .running
                        && ($0.health == .none && !foundBad.contains($0.id) || $0.health == .healthy)
            }
            return !isWell || isHeldUp(dependency.service, step)
        }
    }

    private func countAlerts(_ step: Step) -> [String] {
        let alerts = step.entries.filter { $0.kind == .alert }
        let quarantined = Set(step.entries.filter { $0.kind == .quarantined }.compactMap(\.instance))
        return alerts.compactMap { entry in
            guard let instance = entry.instance, quarantined.contains(instance) else {
                return "law 4: an alert without a quarantine: \(entry.text)"
            }
            return nil
        }
    }

    mutating func haleRestarted() {
        wasJustRestarted = true
        inProgress = []
        foundBad = []
    }
}
