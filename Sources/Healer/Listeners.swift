internal import Control
internal import KeeperLink
internal import Platform
internal import Runtimes
internal import Stack
internal import Wire

/// Keeps the listening sockets at the keeper as the plan wants them, and knows what became of each.
final class Listeners {
    private static let retryInterval = Duration.seconds(2)

    private let keeper: KeeperClient
    private let reactor: Reactor
    private(set) var plan: ListenerPlan
    /// Keys the keeper has, with the port the kernel gave.
    private var open: [String: UInt16] = [:]
    private var problems: [String: String] = [:]
    private var retrying = false

    init(keeper: KeeperClient, reactor: Reactor, plan: ListenerPlan) {
        self.keeper = keeper
        self.reactor = reactor
        self.plan = plan
    }

    /// Sockets that an earlier healer had asked for.
    func found(_ keys: [String]) {
        for key in keys { open[key] = open[key] ?? 0 }
    }

    /// Asks for what the new plan has and closes what it has no longer.
    func apply(_ plan: ListenerPlan) {
        self.plan = plan
        let wanted = Set(plan.listeners.map(\.request.key))
        for key in open.keys.sorted() where !wanted.contains(key) && !ControlSockets.isKey(key) {
            keeper.send(.closeListener(key: key))
            open[key] = nil
        }
        problems = problems.filter { wanted.contains($0.key) }
        for listener in plan.listeners { keeper.send(.listen(listener.request)) }
    }

    func opened(_ key: String, port: UInt16) {
        open[key] = port
        problems[key] = nil
    }

    /// Takes a failure; it is tried again, as the port may become free.
    func failed(_ key: String, reason: String) {
        problems[key] = reason
        guard !retrying else { return }
        retrying = true
        _ = reactor.schedule(at: Instant.now() + Self.retryInterval) { [weak self] in self?.retry() }
    }

    private func retry() {
        retrying = false
        for listener in plan.listeners where problems[listener.request.key] != nil {
            keeper.send(.listen(listener.request))
        }
    }

    /// The published ports of `service` with the addresses that are really listened on.
    func ports(of service: Service) -> [PortStatus] {
        var ports: [PortStatus] = []
        let all = plan.listeners(of: service.name)
        for port in service.ports {
            let own = all.filter { $0.published == port }
            guard let first = own.first else {
                ports.append(unforwarded(port))
                continue
            }
            let problem = own.compactMap { listener in
                problems[listener.request.key].map { "\(listener.request.address): \($0)" }
            }.first
            let chosen = open[first.request.key].flatMap { $0 > 0 ? $0 : nil } ?? first.request.port
            ports.append(
                PortStatus(
                    address: port.address.flatMap { $0.isEmpty ? nil : $0 } ?? "0.0.0.0", published: chosen,
                    target: port.target, transport: port.transport, problem: problem))
        }
        return ports
    }

    private func unforwarded(_ port: PublishedPort) -> PortStatus {
        PortStatus(
            address: port.address ?? "0.0.0.0", published: port.published ?? 0, target: port.target,
            transport: port.transport,
            problem: plan.leavesPortsToEngine ? nil : "only TCP is forwarded without a container engine")
    }

    /// Sentences for the ports that nobody can reach.
    var problemSentences: [String] {
        guard !problems.isEmpty else { return [] }
        return plan.listeners.compactMap { listener in
            problems[listener.request.key].map {
                "port \(listener.request.port) of \(listener.service) cannot be opened on "
                    + "\(listener.request.address)"
                    + (listener.request.network.map { " in \($0)" } ?? "") + ": \($0); trying again"
            }
        }
    }
}
