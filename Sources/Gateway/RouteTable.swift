internal import Stack
internal import Wire

/// All routes, each at a place that stays the same for as long as a connection may refer to it.
struct RouteTable {
    /// What a new configuration did to a route.
    enum Change: Equatable {
        /// Its state is another one now.
        case state(Int)
        /// The configuration names it no longer.
        case removed(Int)
        /// Other sockets lead to it.
        case listeners(Int)
    }

    private typealias Name = GatewayConfiguration.Route.Name

    private var routes: [Route] = []
    private var places: [Name: Int] = [:]
    private var listeners: [String: Int] = [:]
    private(set) var backends = BackendTable()

    subscript(place: Int) -> Route {
        _read { yield routes[place] }
        _modify { yield &routes[place] }
    }

    /// Places of the routes that the configuration names or a connection still uses.
    var all: Range<Int> { routes.indices }

    /// The route of the listening socket with that key; nil where none takes its connections.
    func route(ofListener key: String) -> Int? {
        listeners[key]
    }

    /// Whether a connection waits in any line.
    var hasWaiting: Bool { routes.contains { !$0.waiting.isEmpty } }

    /// Takes over a configuration, or what has changed of it. A route that stays keeps its connections, its line and its
    /// counts.
    mutating func apply(_ configuration: GatewayConfiguration) -> [Change] {
        var changes: [Change] = []
        var named: Set<Int> = []
        let former = listeners
        if configuration.isComplete { listeners.removeAll(keepingCapacity: true) }
        for route in configuration.routes {
            let (place, changed) = place(of: route.name, state: state(of: route.state), hold: route.hold.nanoseconds)
            named.insert(place)
            if changed { changes.append(.state(place)) }
            for key in route.listeners { listeners[key] = place }
            if route.listeners.contains(where: { former[$0] != place }) { changes.append(.listeners(place)) }
        }
        if configuration.isComplete { removeAll(but: named, &changes) }
        return changes
    }

    private mutating func removeAll(but named: Set<Int>, _ changes: inout [Change]) {
        for (name, place) in places where !named.contains(place) {
            places[name] = nil
            routes[place].isConfigured = false
            replaceState(of: place, by: .refused)
            changes.append(.removed(place))
        }
    }

    private mutating func place(of name: Name, state: Route.State, hold: Int64) -> (place: Int, changed: Bool) {
        if let place = places[name] {
            routes[place].hold = hold
            return (place, replaceState(of: place, by: state))
        }
        let route = Route(service: name.service, target: name.target, state: state, hold: hold)
        let place = routes.firstIndex { !$0.isConfigured && $0.connections == 0 } ?? routes.count
        if place == routes.count { routes.append(route) } else { routes[place] = route }
        places[name] = place
        return (place, true)
    }

    /// Whether the state differs from the one before.
    @discardableResult
    private mutating func replaceState(of place: Int, by state: Route.State) -> Bool {
        let before = routes[place].state
        if Self.areSame(before, state) {
            dropBackends(of: state)
            return false
        }
        routes[place].state = state
        routes[place].revision += 1
        dropBackends(of: before)
        return true
    }

    /// Compares without the turn a rotation is at.
    private static func areSame(_ left: Route.State, _ right: Route.State) -> Bool {
        switch (left, right) {
        case (.open(let one), .open(let other)): one.places == other.places
        case (.held, .held), (.refused, .refused): true
        case (.open, .held), (.open, .refused), (.held, .open), (.held, .refused), (.refused, .open), (.refused, .held):
            false
        }
    }

    private mutating func state(of state: GatewayConfiguration.State) -> Route.State {
        switch state {
        case .open(let backends): .open(BackendRotation(places: backends.compactMap { self.backends.keep($0) }))
        case .held: .held
        case .refused: .refused
        }
    }

    private mutating func dropBackends(of state: Route.State) {
        switch state {
        case .open(let rotation): for place in rotation.places { backends.drop(place) }
        case .held, .refused: break
        }
    }

    /// The index in its rotation and the place of the backend for a new connection of that route; nil where it has none.
    mutating func chooseBackend(of place: Int) -> (choice: Int, backend: Int)? {
        switch routes[place].state {
        case .open(var rotation):
            guard let choice = rotation.choose(connections: backends.connections) else { return nil }
            routes[place].state = .open(rotation)
            return (choice, rotation.places[choice])
        case .held, .refused:
            return nil
        }
    }

    /// The backend to try after `choice`; nil where `attempts` have tried them all.
    func backend(of place: Int, after choice: Int, attempts: Int) -> (choice: Int, backend: Int)? {
        switch routes[place].state {
        case .open(let rotation):
            guard let next = rotation.successor(of: choice, attempts: attempts) else { return nil }
            return (next, rotation.places[next])
        case .held, .refused:
            return nil
        }
    }

    /// Counts a connection that goes to that backend.
    mutating func connect(_ backend: Int) {
        backends.connect(backend)
    }

    /// Uncounts it.
    mutating func disconnect(_ backend: Int) {
        backends.disconnect(backend)
    }

    /// The counts of every configured route, and of every backend.
    var counters: GatewayCounters {
        GatewayCounters(
            routes: routes.filter(\.isConfigured).map { route in
                var counters = route.counters
                counters.held = UInt64(route.waiting.count)
                return counters
            },
            backends: backends.counters)
    }
}
