internal import Stack
internal import Wire

/// How loops are, for the healer.
struct LoopReport: Sendable {
    var counters: GatewayCounters
    var breakers: [BreakerRecord]
    /// What has become of calls; nil where that is no news.
    var calls: GatewayCalls?
    /// Whether a connection still goes to a backend that no route names any more.
    var isDraining: Bool

    /// How that one is.
    init(_ forwarder: Forwarder, allCalls: Bool) {
        forwarder.renewFiles()
        counters = forwarder.counters
        breakers = forwarder.breakers
        calls = forwarder.takeCalls(all: allCalls)
        isDraining = forwarder.isDrainingBackend
    }

    /// How all are together, by which of them has which service now.
    init(merging parts: [LoopReport], by assignment: LoopAssignment) {
        counters = GatewayCounters(merging: parts.map(\.counters), by: assignment)
        breakers = assignment.present(parts.map(\.breakers)) { $0.service }
        calls = GatewayCalls(merging: parts.compactMap(\.calls))
        isDraining = parts.contains(where: \.isDraining)
    }
}

extension GatewayCalls {
    /// All of those; nil where there are none.
    fileprivate init?(merging parts: [GatewayCalls]) {
        guard let first = parts.first else { return nil }
        var counts: [Counts] = []
        var places: [String: Int] = [:]
        for count in parts.flatMap(\.counts) {
            let name = "\(count.instance):\(count.port)"
            if let place = places[name] {
                counts[place].tallies = Self.sum(counts[place].tallies, count.tallies)
            } else {
                places[name] = counts.count
                counts.append(count)
            }
        }
        let isComplete = parts.allSatisfy(\.isComplete)
        self.init(startedAt: parts.map(\.startedAt).min() ?? first.startedAt, counts: counts, isComplete: isComplete)
    }

    private static func sum(_ some: [Tally], _ more: [Tally]) -> [Tally] {
        CallOutcome.allCases.compactMap { outcome in
            let tallies = (some + more).filter { $0.outcome == outcome }
            guard let first = tallies.first else { return nil }
            return tallies.dropFirst().reduce(into: first) { sum, tally in
                sum.microseconds &+= tally.microseconds
                sum.buckets.add(tally.buckets)
            }
        }
    }
}

extension GatewayCounters {
    /// All of those. What cannot be added up is as the loop says that has the service now.
    fileprivate init(merging parts: [GatewayCounters], by assignment: LoopAssignment) {
        var merged = Merged()
        for (loop, part) in parts.enumerated() {
            for route in part.routes { merged.add(route, isHome: assignment.home(of: route.service) == loop) }
            for backend in part.backends { merged.add(backend) }
        }
        self.init(routes: merged.routes, backends: merged.backends)
    }

    private struct Merged {
        var routes: [Route] = []
        var backends: [Backend] = []
        private var routePlaces: [GatewayConfiguration.Route.Name: Int] = [:]
        private var backendPlaces: [String: Int] = [:]

        mutating func add(_ route: Route, isHome: Bool) {
            let name = GatewayConfiguration.Route.Name(service: route.service, target: route.target)
            guard let place = routePlaces[name] else {
                routePlaces[name] = routes.count
                return routes.append(route)
            }
            routes[place] = isHome ? route.adding(routes[place]) : routes[place].adding(route)
        }

        mutating func add(_ backend: Backend) {
            let name = "\(backend.address):\(backend.port)"
            guard let place = backendPlaces[name] else {
                backendPlaces[name] = backends.count
                return backends.append(backend)
            }
            backends[place].connections &+= backend.connections
        }
    }
}

extension GatewayCounters.Route {
    /// With what another loop has counted.
    fileprivate func adding(_ other: Self) -> Self {
        var sum = self
        sum.active &+= other.active
        sum.held &+= other.held
        sum.accepted &+= other.accepted
        sum.refused &+= other.refused
        sum.released &+= other.released
        sum.bytesIn &+= other.bytesIn
        sum.bytesOut &+= other.bytesOut
        sum.shed &+= other.shed
        sum.clientLimited &+= other.clientLimited
        sum.http.add(other.http)
        if let handshakes = other.tls { sum.tls?.add(handshakes) }
        return sum
    }
}

extension GatewayCounters.Requests {
    fileprivate mutating func add(_ other: Self) {
        total &+= other.total
        statuses.add(other.statuses)
        retries &+= other.retries
        hedges &+= other.hedges
        hedgesWon &+= other.hedgesWon
        failed &+= other.failed
        timeouts &+= other.timeouts
        truncated &+= other.truncated
        malformed &+= other.malformed
        fallbacks.add(other.fallbacks)
    }
}

extension GatewayCounters.Handshakes {
    fileprivate mutating func add(_ other: Self) {
        clients.add(other.clients)
        servers.add(other.servers)
    }
}

extension GatewayCounters.Handshakes.Counts {
    fileprivate mutating func add(_ other: Self) {
        succeeded &+= other.succeeded
        failures.add(other.failures)
    }
}

extension [UInt64] {
    /// Adds numbers of the same kinds.
    fileprivate mutating func add(_ others: [UInt64]) {
        for (place, other) in zip(indices, others) { self[place] &+= other }
    }
}
