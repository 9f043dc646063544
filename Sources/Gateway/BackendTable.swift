internal import Breaking
internal import Platform
internal import Stack
internal import Wire

/// Whether a call may go to a backend.
enum CallAdmission {
    /// Yes; what becomes of it is told with the permit, if it has one.
    case admitted(CircuitBreaker.Permit?)
    /// No.
    case rejected
}

/// Every backend that a route names or a connection still uses, with the number of its connections and what calls say of
/// it.
///
/// The number is kept by address and not by route, so it survives a change of configuration.
struct BackendTable {
    struct Entry {
        let backend: GatewayConfiguration.Backend
        let address: BackendAddress
        /// Where it is connected to; nil is the gateway's own.
        var network: NetworkNamespace?
        /// Connections made or being made to it.
        var connections = 0
        /// Requests that it serves now.
        var requests = 0
        /// Routes that name it.
        var references = 0
        /// What calls say of it.
        var guardian: InstanceGuard
        /// The start of the instance that is there.
        var run: Int
        /// Where its calls are counted, in the `CallLedger`.
        var callPlace: Int32
    }

    /// What tells one backend from every other.
    private struct Place: Hashable {
        let address: String
        let port: UInt16
        /// Of two names at one address, each has connections of its own.
        let serverName: String?
        let network: String?

        init(_ backend: GatewayConfiguration.Backend) {
            address = backend.address
            port = backend.port
            serverName = backend.serverName
            network = backend.network
        }
    }

    private(set) var entries: [Entry?] = []
    private var places: [Place: Int] = [:]
    private var free: [Int] = []
    private var networks: [String: NetworkNamespace] = [:]
    /// What calls said of those that get none now: of an instance under repair, or as another gateway knew it.
    private var remembered: [Place: KeptBreaker] = [:]
    /// Counts the changes that another gateway would have to know.
    private(set) var breakerRevision = 0

    /// Backends known now.
    var count: Int { places.count }

    /// The place of `backend`, to be given back by `drop`; nil where its address is not numeric. `isNewRun` says that
    /// another start of the instance is there than before.
    mutating func keep(
        _ backend: GatewayConfiguration.Backend, policy: BreakerPolicy, callPlace: Int32 = CallLedger.none,
        at now: Instant
    ) -> (place: Int, isNewRun: Bool)? {
        let name = Place(backend)
        if let place = places[name] {
            if entries[place]?.references == 0 { entries[place]?.guardian.resume(at: now) }
            entries[place]?.references += 1
            entries[place]?.callPlace = callPlace
            entries[place]?.guardian.update(policy, at: now)
            let isNewRun = entries[place]?.run != backend.run
            if isNewRun {
                entries[place]?.run = backend.run
                let network = network(of: backend)
                entries[place]?.network = network
                entries[place]?.guardian.renew(at: now)
                breakerRevision &+= 1
            }
            return (place, isNewRun)
        }
        guard let address = BackendAddress(backend.address, port: backend.port) else { return nil }
        let entry = Entry(
            backend: backend, address: address, network: network(of: backend), references: 1,
            guardian: guardian(of: backend, name, policy: policy, at: now), run: backend.run, callPlace: callPlace)
        let place: Int
        if let unused = free.popLast() {
            entries[unused] = entry
            place = unused
        } else {
            place = entries.count
            entries.append(entry)
        }
        places[name] = place
        return (place, false)
    }

    /// A namespace that was removed and made again has the path of the one before.
    private mutating func network(of backend: GatewayConfiguration.Backend) -> NetworkNamespace? {
        guard let path = backend.network else { return nil }
        if let known = networks[path], let identity = known.identity, identity == FileIdentity(path) { return known }
        let opened = NetworkNamespace(path)
        networks[path] = opened
        return opened
    }

    private mutating func guardian(
        of backend: GatewayConfiguration.Backend, _ name: Place, policy: BreakerPolicy, at now: Instant
    ) -> InstanceGuard {
        guard let kept = remembered.removeValue(forKey: name) else { return InstanceGuard(policy: policy, at: now) }
        var guardian = InstanceGuard(policy: policy, restoring: kept.known, at: now)
        if kept.run != backend.run { guardian.renew(at: now) }
        return guardian
    }

    /// Takes over what another gateway knew.
    mutating func remember(_ breakers: [KeptBreaker]) {
        for breaker in breakers { remembered[Place(breaker.backend)] = breaker }
    }

    /// What another gateway must know to go on where this one is.
    var keptBreakers: [KeptBreaker] {
        entries.compactMap { entry in
            entry.flatMap { $0.guardian.isWorthKeeping ? KeptBreaker($0) : nil }
        } + remembered.values
    }

    /// One route fewer names it.
    mutating func drop(_ place: Int) {
        entries[place]?.references -= 1
        forgetIfUnused(place)
    }

    /// One connection more goes to it.
    mutating func connect(_ place: Int) {
        entries[place]?.connections += 1
    }

    /// One connection fewer goes to it.
    mutating func disconnect(_ place: Int) {
        entries[place]?.connections -= 1
        forgetIfUnused(place)
    }

    /// One request more goes to it.
    mutating func beginRequest(_ place: Int) {
        entries[place]?.requests += 1
    }

    /// One request fewer goes to it.
    mutating func endRequest(_ place: Int) {
        entries[place]?.requests -= 1
    }

    /// Requests that it serves now.
    func requests(_ place: Int) -> Int {
        entries[place]?.requests ?? 0
    }

    /// Connections that go to it now.
    func connections(_ place: Int) -> Int {
        entries[place]?.connections ?? 0
    }

    /// Whether a route names it.
    func isNamed(_ place: Int) -> Bool {
        entries[place].map { $0.references > 0 } ?? false
    }

    /// Since when it gets calls.
    func since(_ place: Int) -> Instant {
        entries[place]?.guardian.since ?? .zero
    }

    /// Whether a call could be let through, as far as can be known without asking for it.
    func mightAdmit(_ place: Int, isFirstInLine: Bool, at now: Instant) -> Bool {
        guard let breaker = entries[place]?.guardian.breaker else { return false }
        if isFirstInLine, entries[place]?.guardian.isRefusing == true { return true }
        switch breaker.state {
        case .closed, .disabled, .metricsOnly: return true
        case .open(let until): return until <= now
        case .halfOpen: return breaker.livePermits(at: now) < breaker.policy.halfOpenPermits
        case .forcedOpen: return false
        }
    }

    /// Asks whether a call may go to it.
    mutating func admit(_ place: Int, isFirstInLine: Bool, at now: Instant) -> CallAdmission {
        guard entries[place] != nil else { return .rejected }
        if isFirstInLine, entries[place]?.guardian.isRefusing == true { return .admitted(nil) }
        switch entries[place]?.guardian.breaker.admit(at: now) {
        case .admitted(let permit): return .admitted(permit)
        case .rejected, nil: return .rejected
        }
    }

    /// Notes that somebody listens there.
    mutating func listens(_ place: Int, at now: Instant) {
        if entries[place]?.guardian.isRefusing == true { entries[place]?.guardian.reset(at: now) }
    }

    /// Notes what became of a call.
    mutating func record(
        _ outcome: CircuitBreaker.Outcome, of permit: CircuitBreaker.Permit, _ place: Int, at now: Instant
    ) {
        let generation = entries[place]?.guardian.breaker.generation
        entries[place]?.guardian.breaker.record(outcome, of: permit, at: now)
        noteIfChanged(place, since: generation)
    }

    private mutating func noteIfChanged(_ place: Int, since generation: UInt32?) {
        if entries[place]?.guardian.breaker.generation != generation { breakerRevision &+= 1 }
    }

    /// Notes that a call is on its way for too long already.
    mutating func noteHanging(_ permit: inout CircuitBreaker.Permit, _ place: Int, at now: Instant) {
        let generation = entries[place]?.guardian.breaker.generation
        entries[place]?.guardian.breaker.noteHanging(&permit, at: now)
        noteIfChanged(place, since: generation)
    }

    /// Notes what a failed call met; whether the healer should be told.
    mutating func fail(_ failure: InstanceGuard.Failure, _ place: Int, at now: Int64) -> Bool {
        entries[place]?.guardian.fail(failure, at: now) ?? false
    }

    /// Does what a person wants of a breaker.
    mutating func carryOut(_ action: BreakerAction, _ place: Int, at now: Instant) {
        switch action {
        case .open: entries[place]?.guardian.breaker.forceOpen(at: now)
        case .close: entries[place]?.guardian.breaker.forceClosed(at: now)
        case .reset: entries[place]?.guardian.reset(at: now)
        }
        breakerRevision &+= 1
    }

    /// Lets breakers half-open whose time has come.
    mutating func advance(_ place: Int, at now: Instant) {
        entries[place]?.guardian.breaker.advance(to: now)
    }

    /// The connections of each, by address and port.
    var counters: [GatewayCounters.Backend] {
        entries.compactMap { entry in
            entry.map {
                GatewayCounters.Backend(
                    address: $0.backend.address, port: $0.backend.port, connections: UInt64(max($0.connections, 0)))
            }
        }
    }

    /// Whether a connection still goes to one that no route names any more.
    var isDraining: Bool { entries.contains { $0.map { $0.references <= 0 } ?? false } }

    private mutating func forgetIfUnused(_ place: Int) {
        guard let entry = entries[place], entry.references <= 0, entry.connections <= 0 else { return }
        let name = Place(entry.backend)
        places[name] = nil
        if entry.guardian.isWorthKeeping { remembered[name] = KeptBreaker(entry) }
        entries[place] = nil
        free.append(place)
    }
}
