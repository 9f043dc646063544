internal import Breaking
internal import Protocols
internal import Stack
internal import Wire

/// All routes, each at a place that stays the same for as long as a connection may refer to it.
struct RouteTable: ~Copyable {
    /// What a new configuration did to a route.
    enum Change: Equatable {
        /// Its state or its instances are others now.
        case state(Int)
        /// The configuration names it no longer.
        case removed(Int)
        /// Other sockets lead to it.
        case listeners(Int)
        /// Another start of the instance with that place listens there.
        case restarted(Int)
    }

    private typealias Name = GatewayConfiguration.Route.Name

    private var routes = InPlaceArray<Route>()
    private var places: [Name: Int] = [:]
    private var listeners: [String: Int] = [:]
    private var introduced: Set<String> = []
    private var encrypted: Set<String> = []
    /// The services whose instances alone come by a socket.
    private var clients: [String: String] = [:]
    private(set) var backends = BackendTable()
    /// What became of calls.
    var calls: CallLedger

    init(startedAt: Instant) {
        calls = CallLedger(startedAt: startedAt)
    }

    subscript(place: Int) -> Route {
        unsafeAddress { routes.address(of: place) }
        unsafeMutableAddress { routes.mutableAddress(of: place) }
    }

    /// Places of the routes that the configuration names or a connection still uses.
    var all: Range<Int> { routes.indices }

    /// The route of the listening socket with that key; nil where none takes its connections.
    func route(ofListener key: String) -> Int? {
        listeners[key]
    }

    /// Whether each client of that listening socket begins with what a proxy says of it.
    func isIntroduced(_ key: String) -> Bool {
        introduced.contains(key)
    }

    /// Whether each client of that listening socket speaks TLS.
    func isEncrypted(_ key: String) -> Bool {
        encrypted.contains(key)
    }

    /// Whose instances the clients of that listening socket are, as the rules of its route know them.
    func client(ofListener key: String) -> UInt16 {
        guard let route = listeners[key], let service = clients[key] else { return Load.anybody }
        return routes[route].treatment.load.client(service)
    }

    /// Whether a connection waits in any line.
    var hasWaiting: Bool { routes.indices.contains { !routes[$0].waiting.isEmpty } }

    /// Takes over a configuration, or what has changed of it. A route that stays keeps its connections, its line and its
    /// counts.
    mutating func apply(_ configuration: GatewayConfiguration, at now: Instant) -> [Change] {
        var changes: [Change] = []
        var named: Set<Int> = []
        let former = listeners
        if configuration.isComplete {
            listeners.removeAll(keepingCapacity: true)
            introduced.removeAll()
            encrypted.removeAll()
            clients.removeAll()
        }
        for route in configuration.routes {
            let place = place(of: route)
            named.insert(place)
            if setState(of: place, to: route, &changes, at: now) { changes.append(.state(place)) }
            for key in route.listeners { listeners[key] = place }
            let haveChanged =
                introduced.intersection(route.listeners) != Set(route.introduced)
                || encrypted.intersection(route.listeners) != Set(route.encrypted)
            introduced.subtract(route.listeners)
            introduced.formUnion(route.introduced)
            encrypted.subtract(route.listeners)
            encrypted.formUnion(route.encrypted)
            let formerClients = clients.filter { route.listeners.contains($0.key) }
            for key in route.listeners { clients[key] = route.clients[key] }
            if haveChanged || formerClients != route.clients || route.listeners.contains(where: { former[$0] != place })
            {
                changes.append(.listeners(place))
            }
        }
        if configuration.isComplete { removeAll(but: named, &changes, at: now) }
        return changes
    }

    private mutating func removeAll(but named: Set<Int>, _ changes: inout [Change], at now: Instant) {
        for (name, place) in places where !named.contains(place) {
            places[name] = nil
            routes[place].isConfigured = false
            replace(place, .refused, [], at: now)
            changes.append(.removed(place))
        }
    }

    private mutating func place(of configured: GatewayConfiguration.Route) -> Int {
        if let place = places[configured.name] {
            routes[place].treat(as: configured)
            return place
        }
        let route = Route(configured, state: .refused)
        let place = routes.indices.first { !routes[$0].isConfigured && routes[$0].connections == 0 } ?? routes.count
        if place == routes.count { routes.append(route) } else { routes[place] = route }
        places[configured.name] = place
        return place
    }

    /// Whether the state or the instances differ from those before.
    private mutating func setState(
        of place: Int, to configured: GatewayConfiguration.Route, _ changes: inout [Change], at now: Instant
    ) -> Bool {
        switch configured.state {
        case .held: return replace(place, .held, [], at: now)
        case .refused: return replace(place, .refused, [], at: now)
        case .open(let instances):
            var kept: [Int] = []
            var names: [String] = []
            let policy = configured.traffic.breaker(for: configured.application)
            for instance in instances {
                let callPlace = instance.instance.map { calls.place(of: $0, port: instance.port) }
                guard
                    let (backend, isNewRun) = backends.keep(
                        instance, policy: policy, callPlace: callPlace ?? CallLedger.none, at: now)
                else { continue }
                kept.append(backend)
                names.append(instance.instance?.description ?? "\(instance.address):\(instance.port)")
                if isNewRun { changes.append(.restarted(backend)) }
            }
            let hasChanged = replace(place, .open, kept, at: now)
            routes[place].pool.replace(kept, names: names, configured.traffic.balance, at: now)
            return hasChanged
        }
    }

    @discardableResult
    private mutating func replace(_ place: Int, _ state: Route.State, _ kept: [Int], at now: Instant) -> Bool {
        let before = routes[place].pool.places
        defer { for backend in before { backends.drop(backend) } }
        guard routes[place].state != state || before != kept else { return false }
        routes[place].state = state
        routes[place].revision += 1
        if kept.isEmpty { routes[place].pool.replace([], names: [], BalancePolicy(), at: now) }
        return true
    }

    /// Chooses the backend of a route for a call, which it is asked for: its index in the pool, its place and the
    /// permit; nil where the route has none that is not in `tried` and lets the call through.
    mutating func choose(
        _ place: Int, avoiding tried: InstanceSet, client: UInt64, isFirstInLine: Bool, at now: Instant
    ) -> (index: Int, backend: Int, permit: CircuitBreaker.Permit?)? {
        guard routes[place].state == .open else { return nil }
        let isHTTP = routes[place].treatment.application.isHTTP
        guard
            let (index, permit) = routes[place].pool.choose(
                from: &backends, avoiding: tried, isHTTP: isHTTP, client: client, isFirstInLine: isFirstInLine, at: now)
        else { return nil }
        return (index, routes[place].pool.places[index], permit)
    }

    /// How much a request of that client that came by that route matters.
    func priority(
        of head: HTTPRequestHead, _ place: Int, client: UInt16, fields: UnsafeMutableBufferPointer<HTTPField>,
        in bytes: UnsafeRawBufferPointer
    ) -> Priority {
        routes[place].treatment.load.priority(of: head, client: client, fields: fields, in: bytes)
    }

    /// How many instances the route leads to.
    func instances(_ place: Int) -> Int {
        routes[place].pool.places.count
    }

    /// Whether new connections of that route may go to that backend.
    func isOpen(_ place: Int, to backend: Int) -> Bool {
        routes[place].state == .open && routes[place].pool.places.contains(backend)
    }

    /// Whether those of any route may.
    func isOpen(to backend: Int) -> Bool {
        backends.isNamed(backend)
    }

    /// Asks whether a call may go to a backend that is chosen already.
    mutating func admit(_ backend: Int, at now: Instant) -> CallAdmission {
        backends.admit(backend, isFirstInLine: false, at: now)
    }

    /// Notes that somebody listens there.
    mutating func listens(_ backend: Int, at now: Instant) {
        backends.listens(backend, at: now)
    }

    /// Notes what became of a call that came by that route.
    mutating func record(
        _ outcome: CircuitBreaker.Outcome, of permit: CircuitBreaker.Permit, _ place: Int, backend: Int, at now: Instant
    ) {
        backends.record(outcome, of: permit, backend, at: now)
        switch outcome {
        case .success: routes[place].pool.record(failed: false, place: backend, at: now)
        case .failure: routes[place].pool.record(failed: true, place: backend, at: now)
        case .ignored: break
        }
    }

    /// Notes that another instance has answered a call of that route sooner.
    mutating func lost(_ place: Int, backend: Int, at now: Instant) {
        routes[place].pool.record(failed: true, place: backend, at: now)
    }

    /// That one instance, as a set of those of the route.
    func instanceSet(_ place: Int, of backend: Int) -> InstanceSet {
        guard let index = routes[place].pool.places.firstIndex(of: backend), InstanceSet.range.contains(index) else {
            return []
        }
        return InstanceSet(instance: index)
    }

    /// Notes that a call is on its way for too long already.
    mutating func noteHanging(_ permit: inout CircuitBreaker.Permit, backend: Int, at now: Instant) {
        backends.noteHanging(&permit, backend, at: now)
    }

    /// When the call counts as slow though it has not ended; nil where it does not, or does already.
    func becomesSlow(_ permit: CircuitBreaker.Permit, backend: Int) -> Instant? {
        backends.entries[backend]?.guardian.breaker.becomesSlow(permit)
    }

    /// Notes what a failed call met; whether the healer should be told.
    mutating func fail(_ failure: InstanceGuard.Failure, backend: Int, at now: Int64) -> Bool {
        backends.fail(failure, backend, at: now)
    }

    /// What kept calls away from all instances of a route, if a repair is likely to end it: when to ask again. Nil where
    /// nobody need wait.
    func silentUntil(_ place: Int) -> Instant? {
        var earliest: Instant?
        for backend in routes[place].pool.places {
            guard let guardian = backends.entries[backend]?.guardian, guardian.lastFailure?.isSilence != false else {
                continue
            }
            if guardian.isRefusing { return .zero }
            switch guardian.breaker.state {
            case .open(let until): earliest = min(earliest ?? until, until)
            case .halfOpen: earliest = .zero
            case .closed, .forcedOpen, .disabled, .metricsOnly: break
            }
        }
        return earliest
    }

    /// Whether it is TLS that keeps calls away from every instance of a route: nobody need wait for that.
    func isUntrusted(_ place: Int) -> Bool {
        let instances = routes[place].pool.places
        return !instances.isEmpty
            && instances.allSatisfy { backends.entries[$0]?.guardian.lastFailure?.isOfTrust == true }
    }

    /// The place of the route to that port of a service; nil where there is none.
    func place(of service: String, port: UInt16) -> Int? {
        places[Name(service: service, target: port)]
    }

    /// Whether a call by that route would be let through now, as far as can be known without asking for it.
    func mightServe(_ place: Int, at now: Instant) -> Bool {
        routes[place].state == .open
            && routes[place].pool.places.contains { backends.mightAdmit($0, isFirstInLine: false, at: now) }
    }

    /// When the first breaker of a route lets calls through again; nil where none will by itself.
    func nextTrial(_ place: Int) -> Instant? {
        routes[place].pool.places.compactMap { backends.entries[$0]?.guardian.breaker.nextTransition }.min()
    }

    /// Does what a person wants of breakers.
    mutating func carryOut(_ order: BreakerOrder, at now: Instant) {
        for place in routes.indices where routes[place].service == order.service {
            for backend in routes[place].pool.places
            where order.address == nil || backends.entries[backend]?.backend.address == order.address {
                backends.carryOut(order.action, backend, at: now)
            }
        }
    }

    /// Takes over what another gateway knew of instances.
    mutating func remember(_ breakers: [KeptBreaker]) {
        backends.remember(breakers)
    }

    /// Every breaker of a configured route.
    mutating func breakers(at now: Instant) -> [BreakerRecord] {
        var records: [BreakerRecord] = []
        for place in routes.indices where routes[place].isConfigured {
            for backend in routes[place].pool.places {
                backends.advance(backend, at: now)
                guard let entry = backends.entries[backend] else { continue }
                records.append(BreakerRecord(routes[place], entry, at: now))
            }
        }
        return records
    }

    /// Where calls to that backend are counted, in `calls`.
    func callPlace(of backend: Int) -> Int32 {
        backends.entries[backend]?.callPlace ?? CallLedger.none
    }

    /// Counts a request that goes to that backend.
    mutating func beginRequest(_ backend: Int) {
        backends.beginRequest(backend)
    }

    /// Uncounts it.
    mutating func endRequest(_ backend: Int) {
        backends.endRequest(backend)
    }

    /// Counts a connection that goes to that backend.
    mutating func connect(_ backend: Int) {
        backends.connect(backend)
    }

    /// Uncounts it.
    mutating func disconnect(_ backend: Int) {
        backends.disconnect(backend)
    }

    /// The counts of every configured route, and of every backend. By index, as a copy of a route is a copy of all it has.
    var counters: GatewayCounters {
        GatewayCounters(
            routes: routes.indices.filter { routes[$0].isConfigured }.map { index in
                var counters = routes[index].counters
                counters.held = UInt64(routes[index].waiting.count)
                counters.limit = routes[index].limit.map { UInt64(max($0.limit, 0)) }
                return counters
            },
            backends: backends.counters)
    }
}

extension BreakerRecord {
    fileprivate init(_ route: Route, _ entry: BackendTable.Entry, at now: Instant) {
        var breaker = entry.guardian.breaker
        self.init(
            service: route.service, target: route.target, backend: entry.backend, state: BreakerState(breaker.state))
        openUntil = breaker.nextTransition
        pending = UInt64(max(route.treatment.application.isHTTP ? entry.requests : entry.connections, 0))
        let rates = breaker.rates(at: now)
        failureRate = rates?.failure
        slowCallRate = rates?.slow
        trips = breaker.counters.trips
        rejections = breaker.counters.rejections
        successes = breaker.counters.successes
        failures = breaker.counters.failures
        slowCalls = breaker.counters.slow
        lastFailure = entry.guardian.lastFailure?.text
    }
}

extension BreakerState {
    fileprivate init(_ state: CircuitBreaker.State) {
        switch state {
        case .closed: self = .closed
        case .open: self = .open
        case .halfOpen: self = .halfOpen
        case .forcedOpen: self = .forcedOpen
        case .disabled: self = .disabled
        case .metricsOnly: self = .metricsOnly
        }
    }
}
