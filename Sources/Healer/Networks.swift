internal import Healing
internal import Platform
internal import Runtimes
internal import Stack

/// Gives services their networks, and sees to it that these stay.
extension HealerLoop {
    private static let sharing = "services share the host's network"
    private static let missing = "a network is missing"

    /// The stack with each service in its network namespace, as far as this machine allows it; otherwise a notice says why.
    func place(_ stack: Stack) -> Stack {
        var living: [String: Int32] = [:]
        for report in engine.report() {
            if let pid = report.pid, let path = report.network { living[path] = pid }
        }
        let placed = networks.place(stack, living: living)
        notice(Self.sharing, networks.obstacle)
        notice(Self.missing, networks.problem)
        return placed
    }

    private func notice(_ beginning: String, _ reason: String?) {
        let sentence = reason.map { "\(beginning): \($0)" }
        notices.remove { $0.hasPrefix(beginning) && $0 != sentence }
        if let sentence { warn(sentence) }
    }

    /// Brings back what somebody removed.
    func lookAtNetworks() {
        guard let configuration, networks.isIncomplete else { return }
        _ = place(configuration.stack)
        guard !networks.isIncomplete else { return }
        Log.write("a network namespace was removed, and is there again")
        // Who listens there has to listen anew.
        apply(configuration)
    }
}

extension Stack {
    /// The network namespaces of services that are in a network with others.
    var sharedNetworks: Set<String> {
        Set(services.values.filter { !networks(of: $0).isEmpty }.compactMap(\.launch.network))
    }
}
