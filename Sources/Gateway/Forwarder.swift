internal import Glibc
internal import Platform
internal import Protocols
internal import Stack
internal import Wire

/// Forwards the clients of the listening sockets to the backends of their routes.
///
/// Everything happens on the one thread that calls `turn`, over raw descriptors, and nothing is allocated for an event.
/// Established connections belong to their two ends: no change of configuration touches them.
final class Forwarder {
    /// Bounds of one forwarder.
    struct Limits {
        /// Connections at a time.
        var connections = 10_000
        /// The part of the connections, of 1, that one route may take: a flood of one service leaves room for the others.
        var routeShare = 0.75
        /// How long a backend may take to accept before the next one is asked.
        var connect: Int64 = 5_000_000_000
        /// How long a connection lives before it is worth asking whether its other end still exists.
        var youth: Int64 = 500_000_000
        /// How long no client is accepted after descriptors have run out.
        var pause: Int64 = 100_000_000
        /// Clients accepted from one listening socket before other events have their turn.
        var acceptBatch = 64
        /// How long a proxy may take to say whose connection it is, where nothing else is said.
        var introduction: Int64 = 30_000_000_000
        /// How long a client may take for the TLS handshake.
        var handshake: Int64 = 10_000_000_000
        /// How long an encrypted connection that the forwarder is done with goes on while its other end takes nothing.
        var flushing: Int64 = 30_000_000_000
        /// What the head of a request or a response may hold.
        var http = HTTPLimits()
        /// How long a client may take to take its last answer.
        var lingering: Int64 = 5_000_000_000
        /// Bytes of all answers that are kept for when their service has none, and once more of those that are on their way.
        var keptBytes = 256 << 20
        /// How long a connection to an instance is kept while no request uses it.
        var idleServer: Int64 = 30_000_000_000
    }

    let limits: Limits
    let poller: Poller
    let table: ConnectionTable
    /// A sentence for the log.
    let report: (String) -> Void

    var routes: RouteTable
    var listeners: [Listener] = []
    var buffers = BufferPool()
    /// Where every read goes first; most bytes are written from here and never kept.
    var scratch: UnsafeMutableRawPointer { deferred.room }
    /// What is to be written before the turn ends.
    var deferred = DeferredWrites()
    /// Where a head that is changed on its way is written.
    let outgoing: UnsafeMutableRawPointer
    /// The fields of the head that was read last.
    let fields: UnsafeMutableBufferPointer<HTTPField>
    /// Connections to instances that no request uses.
    var idle = IdleServers()
    /// Connections that are encrypted.
    let bridges: BridgeTable
    /// When files for TLS were last looked at.
    var filesLookedAt: Int64 = 0
    /// Answers that are kept for when their service has none.
    var answers: KeptAnswers
    /// What is asked of services whose answers are kept, by the place of the connection.
    var asked: [Int32: AskedRequest] = [:]
    /// Bytes of answers of all loops that may be kept once they are whole.
    let passingBytes: Budget
    /// Kept answers of which clients have yet to get some, by the place of the connection.
    var unsent: [Int32: UnsentBody] = [:]
    /// When to look again whether somebody has taken too long.
    var nextSweep = Int64.max
    /// Second instances that were asked for requests, by the place of the connection.
    var hedges: [Int32: Hedge] = [:]
    /// Names requests that came without a name.
    var requestNames = RequestNames()
    /// Connections that have asked a backend, in the order in which they give up.
    var connecting = Line()
    /// Connections that are forwarded byte by byte and have begun a moment ago, in the order in which they began.
    var young = Line()
    /// Until when no client is accepted, as descriptors have run out; nil while clients are accepted.
    var pausedUntil: Int64?
    /// When routes that have their share of all connections may accept again.
    var nextUnpause = Int64.max
    /// When the log last said that there is no room.
    var lastPauseReport: Int64?
    /// Given up for a moment to tell a client that there is no room.
    var reserve: Int32
    /// Where the routes that log write; nil where there is no folder for that.
    let accessLog: AccessLog?
    /// Requests that are kept for later; nil where there is no folder for that.
    let queues: RequestQueues?
    /// Requests whose bodies come before they are kept, by the place of the connection.
    var drafts: [Int32: QueueDraft] = [:]
    /// Deliveries under way, by the place of the connection.
    var deliveries: [Int32: Delivery] = [:]
    /// Memory for what access logs will say.
    var notes = AccessNotePool()
    /// The time of this turn.
    var now: Int64
    /// The same.
    var instant: Instant { Instant(nanoseconds: now) }
    /// Routes at whose lines somebody is to look when this turn's events are done with.
    var linesToLookAt: [Int] = []
    /// Told of trouble with an instance, at the first sign and then once a second.
    var onTrouble: ((GatewayTrouble) -> Void)?
    private var listenerGeneration: UInt32 = 0
    /// What other threads want of it.
    private var mailbox: Mailbox?
    private var hasMail = false
    /// How often a turn looks for more before it writes.
    private static let mostLooks = 16

    /// Nil where the kernel gives no descriptors; `errno` says why. `budgets` are what it shares with other loops, where there
    /// are any. Access logs are written to `accessLogs`, a folder, and requests that are kept for later to `queues`, another
    /// one.
    init?(
        limits: Limits = Limits(), budgets: LoopBudgets? = nil, accessLogs: String? = nil, queues: String? = nil,
        report: @escaping (String) -> Void
    ) {
        guard let poller = Poller() else { return nil }
        self.limits = limits
        self.poller = poller
        self.report = report
        let budgets = budgets ?? LoopBudgets(limits)
        table = ConnectionTable(capacity: limits.connections, budget: budgets.connections)
        bridges = BridgeTable(budget: budgets.connections)
        answers = KeptAnswers(limit: limits.keptBytes, budget: budgets.keptBytes)
        passingBytes = budgets.passingBytes
        outgoing = .allocate(byteCount: BufferPool.size, alignment: 4096)
        fields = .allocate(capacity: limits.http.fields)
        fields.initialize(repeating: .none)
        reserve = open("/dev/null", O_RDONLY | O_CLOEXEC)
        accessLog = accessLogs.map { AccessLog(folder: $0, report: report) }
        self.queues = queues.map { RequestQueues(folder: $0) }
        now = Poller.now()
        routes = RouteTable(startedAt: Instant(nanoseconds: now))
        watchQueues()
    }

    deinit {
        for place in table.places where table.record(place).pointee.phase != .unused {
            for end in [End.client, .server] {
                let side = table.side(place, end).pointee
                if side.descriptor >= 0 { close(side.descriptor) }
                side.pending.buffer?.deallocate()
            }
            table.record(place).pointee.note?.deallocate()
            guard table.record(place).pointee.hasExchange else { continue }
            let exchange = table.exchange(place).pointee
            for pending in [
                exchange.opening, exchange.input, exchange.request, exchange.original, exchange.response,
            ] {
                pending.buffer?.deallocate()
            }
        }
        for hedge in hedges.values { close(hedge.descriptor) }
        for place in idle.places(where: { _ in true }) { close(idle.entries[Int(place)].descriptor) }
        for listener in listeners { close(listener.descriptor) }
        if reserve >= 0 { close(reserve) }
        accessLog?.finish()
        queues?.finish()
        deferred.deallocate()
        outgoing.deallocate()
        fields.deallocate()
    }

    /// Takes over a listening socket; one under the same key is closed.
    func addListener(key: String, descriptor: Int32) {
        removeListener(key: key)
        Socket.makeNonblocking(descriptor)
        Socket.sendAtOnce(descriptor)
        Socket.keepAlive(descriptor)
        listenerGeneration &+= 1
        listeners.append(Listener(key: key, descriptor: descriptor, generation: listenerGeneration))
        watchListener(listeners.count - 1)
    }

    /// Closes the listening socket with that key. The keeper may have it still, and epoll would go on reporting it.
    func removeListener(key: String) {
        if let descriptor = takeListener(key: key) { close(descriptor) }
    }

    /// Gives the listening socket with that key to another loop.
    func takeListener(key: String) -> Int32? {
        guard let index = listeners.firstIndex(where: { $0.key == key }) else { return nil }
        let listener = listeners.remove(at: index)
        if listener.isWatched { poller.remove(listener.descriptor) }
        // The places of the others have changed, and epoll reports places.
        for index in listeners.indices where listeners[index].isWatched {
            poller.change(listeners[index].descriptor, Poller.readable, token(ofListener: index))
        }
        return listener.descriptor
    }

    /// Does what comes by that mailbox between two turns.
    func watch(_ mailbox: Mailbox) {
        self.mailbox = mailbox
        poller.add(mailbox.descriptor, Poller.readable, Token(.mail, place: 0, generation: 0))
    }

    /// Takes over a configuration, or what has changed of it.
    func apply(_ configuration: GatewayConfiguration) {
        now = Poller.now()
        var haveListenersMoved = configuration.isComplete
        for change in routes.apply(configuration, at: instant) {
            switch change {
            case .state(let route):
                stateChanged(route)
                wakeForFirstWaiting(route)
            case .removed(let route): refuseWaiting(route)
            case .listeners: haveListenersMoved = true
            case .restarted(let backend): restarted(backend)
            }
        }
        // A whole one may have changed how long each of them holds.
        if configuration.isComplete { routes.all.forEach(wakeForFirstWaiting) }
        closeIdleOfClosedRoutes()
        configureAccessLogs()
        configureEncryption(configuration)
        configureQueues()
        forgetAnswersOfOthers()
        if haveListenersMoved { watchListeners() }
    }

    /// Another start of an instance listens where an earlier one did.
    private func restarted(_ backend: Int) {
        for place in idle.places(where: { $0.backend == backend }) { closeIdle(place) }
        for route in routes.all where routes.isOpen(route, to: backend) && !routes[route].waiting.isEmpty {
            routes[route].retryDelay.reset()
            routes[route].retryAt = now
            poller.wake(at: now)
        }
    }

    private func wakeForFirstWaiting(_ route: Int) {
        guard !routes[route].waiting.isEmpty else { return }
        let oldest = routes[route].waiting.oldest(in: table)
        poller.wake(at: routes[route].expiry(arrival: table.record(oldest).pointee.arrival))
    }

    /// Whether a client waits for a route to open or a backend to accept.
    var hasWaiting: Bool { routes.hasWaiting }

    /// Counts by route since the start; `active` and `held` are of now.
    var counters: GatewayCounters { routes.counters }

    /// Whether a connection still goes to a backend that no route names any more.
    var isDrainingBackend: Bool { routes.backends.isDraining }

    /// Handles what is due, waiting for it up to `milliseconds` (-1 is for ever).
    func turn(milliseconds: Int32) {
        var isIdle = takeEvents(milliseconds: milliseconds) == 0
        // Whoever is about to say something has said it before others are woken up.
        for _ in 0..<Self.mostLooks where deferred.count > 0 && !isIdle { isIdle = takeEvents(milliseconds: 0) == 0 }
        writeDeferred()
        if !linesToLookAt.isEmpty { lookAtLines() }
        if hasMail {
            hasMail = false
            mailbox?.deliver()
        }
    }

    private func takeEvents(milliseconds: Int32) -> Int {
        var isFirst = true
        return poller.wait(milliseconds: milliseconds) { token, events in
            if isFirst {
                now = Poller.now()
                isFirst = false
            }
            handle(token, events)
        }
    }

    private func handle(_ token: Token, _ events: UInt32) {
        switch token.kind {
        case .client:
            guard let record = table.record(token.place, generation: token.generation), catchUp(token.place, record)
            else { return }
            clientEvent(token.place, record, events)
        case .server:
            guard let record = table.record(token.place, generation: token.generation), catchUp(token.place, record)
            else { return }
            serverEvent(token.place, record, events)
        case .idle:
            idleEvent(token.place, generation: token.generation)
        case .hedge:
            if table.record(token.place, generation: token.generation) != nil { hedgeEvent(token.place) }
        case .listener:
            acceptClients(listener: token)
        case .secure:
            if bridges.isCurrent(token.place, generation: token.generation) { secureEvent(token.place) }
        case .plain:
            if bridges.isCurrent(token.place, generation: token.generation) { plainEvent(token.place) }
        case .queue:
            takeQueueNews()
        case .mail:
            hasMail = true
        case .timer:
            poller.timerFired()
            runTimers()
        }
    }

    private func clientEvent(_ place: Int32, _ record: UnsafeMutablePointer<Connection>, _ events: UInt32) {
        switch record.pointee.phase {
        case .relaying: relay(place, record, from: .client, events)
        case .waiting, .connecting: waitingClientEvent(place, events)
        case .reading: readingClientEvent(place, events)
        case .exchanging: exchangingClientEvent(place, events)
        case .introducing: introducingClientEvent(place)
        case .securing: securingClientEvent(place)
        case .refusing: refusingClientEvent(place)
        case .closing: closingClientEvent(place)
        case .unused: break
        }
    }

    private func serverEvent(_ place: Int32, _ record: UnsafeMutablePointer<Connection>, _ events: UInt32) {
        switch record.pointee.phase {
        case .relaying: relay(place, record, from: .server, events)
        case .connecting: connectEnded(place, record)
        case .exchanging: exchangingServerEvent(place, events)
        case .reading: closeServer(place)
        case .introducing, .securing, .waiting, .unused, .refusing, .closing: break
        }
    }

    /// Everything that is due at a time, and when to look again.
    private func runTimers() {
        if let until = pausedUntil {
            if until <= now {
                pausedUntil = nil
                watchListeners()
            } else {
                poller.wake(at: until)
            }
        }
        unpauseRoutes()
        giveUpConnects()
        lookAtYoung()
        sweep()
        if let accessLog {
            accessLog.flush(at: now)
            if accessLog.flushAt < .max { poller.wake(at: accessLog.flushAt) }
        }
        if queues != nil { lookAtQueues() }
        for route in routes.all {
            expireWaiting(route)
            continueRamp(route)
            retry(route)
            startHedges(route)
        }
    }
}
