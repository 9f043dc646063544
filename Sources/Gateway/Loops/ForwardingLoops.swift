internal import CLinux
internal import Glibc
internal import Platform
internal import Stack
internal import Wire

/// All loops, and which of them has what. It belongs to the thread of its reactor, which is not one of theirs: whatever the
/// healer and files take costs no client any time.
///
/// A service is in one loop, so nothing on the way of a call is shared between threads, and no lock is taken.
final class ForwardingLoops {
    /// Beyond that the kernel is what a call waits for.
    private static let most = 8

    /// How many loops there are to be: one for each processor that this process may use.
    static var preferredCount: Int { min(max(Int(hale_usable_processors()), 1), most) }

    /// A listening socket of the keeper's.
    struct SocketCopy: Sendable {
        let key: String
        let address: String
        let port: UInt16
        /// A copy, for whoever gets it to close.
        let descriptor: Int32
    }

    private let reactor: Reactor
    private var loops: [ForwardingLoop] = []
    private var assignment: LoopAssignment
    /// The loop of each listening socket.
    private var sockets: [String: Int] = [:]
    /// Where each listening socket should be.
    private var socketHomes: [String: Int] = [:]
    /// A breaker's state is another one.
    var onBreakers: (() -> Void)?
    /// Calls to an instance fail.
    var onTrouble: ((GatewayTrouble) -> Void)?

    /// Starts so many.
    init(count: Int, limits: Forwarder.Limits, locations: Locations, reactor: Reactor) throws(SystemError) {
        self.reactor = reactor
        assignment = LoopAssignment(loops: count)
        let budgets = LoopBudgets(limits)
        for number in 0..<max(count, 1) { loops.append(try start(number, limits, budgets, locations)) }
    }

    deinit { end() }

    /// Ends all of them, once what they have gathered is written.
    func end() {
        for loop in loops { loop.end() }
    }

    private func start(
        _ number: Int, _ limits: Forwarder.Limits, _ budgets: LoopBudgets, _ locations: Locations
    ) throws(SystemError) -> ForwardingLoop {
        guard
            let forwarder = Forwarder(
                limits: limits, budgets: budgets, accessLogs: locations.accessLogs, queues: locations.queues,
                report: Log.write)
        else {
            throw SystemError.last("make an epoll instance")
        }
        let mailbox = reactor.mailbox
        let owner = Confined(Weak(self))
        forwarder.onTrouble = { trouble in mailbox.post { owner.value.object?.onTrouble?(trouble) } }
        return try ForwardingLoop(forwarder, number: number) { mailbox.post { owner.value.object?.onBreakers?() } }
    }

    // MARK: What the healer says

    /// Takes over a configuration, or what has changed of it; `whole` is everything with that change.
    func apply(_ change: GatewayConfiguration, whole: () -> GatewayConfiguration) {
        let hasMoved = assignment.take(change)
        let configuration = hasMoved && !change.isComplete ? whole() : change
        for index in loops.indices {
            let part = part(of: configuration, for: index)
            if part.isComplete || !part.routes.isEmpty { loops[index].post { $0.apply(part) } }
        }
        bringSocketsHome(configuration)
    }

    private func part(of configuration: GatewayConfiguration, for loop: Int) -> GatewayConfiguration {
        var part = configuration
        part.routes = configuration.routes.compactMap { route in
            if assignment.home(of: route.service) == loop { return route }
            return assignment.isFormerHome(loop, of: route.service) ? route.withoutWayIn : nil
        }
        return part
    }

    /// Does what a person wants of breakers.
    func carryOut(_ order: BreakerOrder) {
        for loop in loops { loop.post { $0.carryOut(order) } }
    }

    /// Takes over what another gateway knew of instances. To be called before there is a configuration but that one, by
    /// which each instance is found.
    func remember(_ breakers: [KeptBreaker], by configuration: GatewayConfiguration) {
        _ = assignment.take(configuration)
        let services = configuration.servicesByAddress
        var parts = [[KeptBreaker]](repeating: [], count: loops.count)
        for breaker in breakers {
            if let home = (breaker.service ?? services[breaker.backend.place]).flatMap({ assignment.home(of: $0) }) {
                parts[home].append(breaker)
            }
        }
        for (loop, part) in zip(loops, parts) where !part.isEmpty { loop.post { $0.remember(part) } }
    }

    // MARK: Sockets

    /// Takes over a listening socket; one under the same key is closed.
    func addListener(key: String, descriptor: Int32) {
        let home = socketHomes[key] ?? 0
        if let present = sockets[key], present != home { loops[present].post { $0.removeListener(key: key) } }
        sockets[key] = home
        loops[home].post { $0.addListener(key: key, descriptor: descriptor) }
    }

    /// Closes the listening socket with that key.
    func removeListener(key: String) {
        guard let present = sockets.removeValue(forKey: key) else { return }
        loops[present].post { $0.removeListener(key: key) }
    }

    /// Closes all of them.
    func removeListeners() {
        for key in sockets.keys { removeListener(key: key) }
    }

    private func bringSocketsHome(_ configuration: GatewayConfiguration) {
        if configuration.isComplete { socketHomes = [:] }
        for route in configuration.routes {
            guard let home = assignment.home(of: route.service) else { continue }
            for key in route.listeners {
                socketHomes[key] = home
                if let present = sockets[key], present != home { move(key, from: present, to: home) }
            }
        }
    }

    private func move(_ key: String, from present: Int, to home: Int) {
        sockets[key] = home
        let (mailbox, destination) = (reactor.mailbox, loops[home])
        let owner = Confined(Weak(self))
        loops[present].post { forwarder in
            guard let descriptor = forwarder.takeListener(key: key) else { return }
            mailbox.post {
                // The keeper may have closed it meanwhile, or given another one.
                if owner.value.object?.sockets[key] == home {
                    destination.post { $0.addListener(key: key, descriptor: descriptor) }
                } else {
                    close(descriptor)
                }
            }
        }
    }

    /// Copies of all listening sockets.
    func copyListeners(then body: @escaping ([SocketCopy]) -> Void) {
        gather({ forwarder in forwarder.listeners.compactMap(SocketCopy.init(copying:)) }) { body($0.flatMap { $0 }) }
    }

    // MARK: What they say

    /// How they are, each after all that it was told before.
    func report(allCalls: Bool, then body: @escaping (LoopReport) -> Void) {
        // Counts of a service that is in two loops are to be added up, and not just those that have changed.
        let all = allCalls || assignment.hasMoved
        gather({ LoopReport($0, allCalls: all) }) { [assignment] in
            body(LoopReport(merging: $0, by: assignment))
        }
    }

    /// All breakers.
    func breakers(then body: @escaping ([BreakerRecord]) -> Void) {
        gather(\.breakers) { [assignment] in body(assignment.present($0) { $0.service }) }
    }

    /// Asks each of them, in order, and has all answers once the last has come.
    func gather<Answer: Sendable>(
        _ question: @escaping @Sendable (Forwarder) -> Answer, then body: @escaping ([Answer]) -> Void
    ) {
        let gathering = Confined(Gathering(count: loops.count, body))
        let mailbox = reactor.mailbox
        for (place, loop) in loops.enumerated() {
            loop.post { forwarder in
                let answer = question(forwarder)
                mailbox.post { gathering.value.note(answer, of: place) }
            }
        }
    }

    private final class Gathering<Answer> {
        private var answers: [Answer?]
        private var missing: Int
        private let body: ([Answer]) -> Void

        init(count: Int, _ body: @escaping ([Answer]) -> Void) {
            answers = Array(repeating: nil, count: count)
            missing = count
            self.body = body
        }

        func note(_ answer: Answer, of place: Int) {
            answers[place] = answer
            missing -= 1
            if missing == 0 { body(answers.compactMap { $0 }) }
        }
    }

    /// What another gateway must know of instances to go on where this one is.
    func keptBreakers(then body: @escaping ([KeptBreaker]) -> Void) {
        gather(\.keptBreakers) { [assignment] in body(assignment.present($0) { $0.service }) }
    }

    /// Leaves queues to another gateway.
    func handOverQueues() {
        for loop in loops { loop.post { $0.handOverQueues() } }
    }
}

extension ForwardingLoops.SocketCopy {
    fileprivate init?(copying listener: Listener) {
        guard let (address, port) = Socket.localAddress(listener.descriptor) else { return nil }
        let copy = fcntl(listener.descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { return nil }
        self.init(key: listener.key, address: address, port: port, descriptor: copy)
    }
}

extension GatewayConfiguration {
    /// Whose routes lead to each backend.
    fileprivate var servicesByAddress: [String: String] {
        var services: [String: String] = [:]
        for route in routes {
            guard case .open(let backends) = route.state else { continue }
            for backend in backends { services[backend.place] = route.service }
        }
        return services
    }
}

extension GatewayConfiguration.Backend {
    fileprivate var place: String { "\(address):\(port)" }
}

extension GatewayConfiguration.Route {
    /// The same for connections that there are already. Its queue is another loop's.
    fileprivate var withoutWayIn: Self {
        var route = self
        route.listeners = []
        route.introduced = []
        route.encrypted = []
        route.clients = [:]
        route.traffic.fallback.removeAll { $0.kind == .queue }
        return route
    }
}
