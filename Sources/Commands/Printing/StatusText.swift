internal import Platform
internal import Control
internal import Stack

/// The status of a stack for people.
enum StatusText {
    static func text(_ status: StackStatus, now: CalendarTime, style: Style) -> String {
        let word =
            switch status.status {
            case .healthy: style.green(status.status.rawValue)
            case .degraded: style.yellow(status.status.rawValue)
            case .down: style.red(status.status.rawValue)
            }
        var table = TextTable(header: ["SERVICE", "STATE", "HEALTH", "SINCE", "RESTARTS", "PID", "NOTE"])
        for (name, service) in status.services.sorted(by: { $0.key < $1.key }) {
            for instance in service.instances {
                table.rows.append(row(service.instances.count > 1 ? instance.name : name, instance, service, now))
            }
        }
        let pause = status.pause.map { pauseText($0, now, style) } ?? ""
        return "\(style.bold(status.stack)) is \(word)\n\(pause)\n" + table.rendered(style) + "\n" + foot(status)
    }

    private static func row(
        _ label: String, _ instance: InstanceStatus, _ service: ServiceStatus, _ now: CalendarTime
    ) -> [TextTable.Cell] {
        [
            .init(label), .init(instance.state.rawValue),
            .init(instance.health == .none ? "-" : instance.health.rawValue, InstanceTable.healthPaint(instance)),
            .init(TimeText.age(since: instance.since, now: now) ?? "-"), .init("\(instance.restarts)"),
            .init(instance.pid.map { "\($0)" } ?? "-"), .init(note(instance, service, now)),
        ]
    }

    private static func pauseText(_ pause: StackStatus.Pause, _ now: CalendarTime, _ style: Style) -> String {
        style.yellow("Hale is paused until \(pause.until)") + asked(pause.since, pause.by, now)
            + ": it watches and acts on nothing\n"
    }

    /// When, and by whom, as far as it is known: `, 3 minutes ago, root by hale`.
    private static func asked(_ since: String?, _ by: String?, _ now: CalendarTime) -> String {
        let age = since.flatMap { TimeText.age(since: $0, now: now) }.map { ", \($0) ago" } ?? ""
        return age + (by.map { ", " + $0 } ?? "")
    }

    /// What a person would ask next.
    private static func note(_ instance: InstanceStatus, _ service: ServiceStatus, _ now: CalendarTime) -> String {
        var parts: [String] = []
        if let will = service.operatorWill {
            parts.append("by hand: \(will)" + asked(service.operatorSince, service.operatorBy, now))
        }
        if let waiting = instance.waitingOn {
            parts.append(waiting.hasPrefix("waiting") ? waiting : "waiting: \(waiting)")
        }
        parts += (instance.breakers ?? []).compactMap(BreakerTable.sentence)
        if let text = instance.statusText { parts.append(text) }
        if let error = instance.lastError { parts.append((instance.isWell ? "earlier: " : "") + error) }
        if let next = instance.nextActionAt, !instance.isWell { parts.append("next try at \(next)") }
        return parts.joined(separator: "; ").split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    private static func foot(_ status: StackStatus) -> String {
        func process(_ name: String, _ pid: Int32?) -> String { "\(name) \(pid.map { "\($0)" } ?? "not running")" }
        let processes = status.processes
        var lines = [
            "Hale \(status.version): \(process("keeper", processes.keeper)), \(process("healer", processes.healer)), "
                + process("gateway", processes.gateway)
        ]
        if let address = status.statusAddress {
            lines += ["Dashboard: http://\(address)/", "Status API: http://\(address)/status"]
        }
        lines += status.services.sorted { $0.key < $1.key }.compactMap { $0.value.update?.text }
        return (lines + status.notices.map { "Notice: \($0)" }).map { $0 + "\n" }.joined()
    }
}
