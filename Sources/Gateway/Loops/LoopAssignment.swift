internal import Stack
internal import Wire

/// Which loop has which service.
///
/// A loop's state is its own: breakers, limits and lines of a service are in one loop, and so are services that may answer
/// for each other. A service stays where it is for as long as it is configured. If a new fallback joins services of two
/// loops, one side moves: connections that are open go on where they are, so its former loop keeps its routes as well.
struct LoopAssignment {
    private let loops: Int
    private var homes: [String: Int] = [:]
    private var former: [String: Set<Int>] = [:]
    /// The services that may answer for each route.
    private var helpers: [GatewayConfiguration.Route.Name: Set<String>] = [:]

    /// Nothing is assigned to any of `loops` loops yet.
    init(loops: Int) {
        self.loops = max(loops, 1)
    }

    /// The loop of that service; nil where no route is of it.
    func home(of service: String) -> Int? { homes[service] }

    /// Whether that loop had the service once, and may have connections of it still.
    func isFormerHome(_ loop: Int, of service: String) -> Bool { former[service]?.contains(loop) == true }

    /// Of what each loop has, that of services which are there now, and that of none.
    func present<Item>(_ parts: [[Item]], of service: (Item) -> String?) -> [Item] {
        parts.enumerated().flatMap { loop, part in
            part.filter { item in service(item).map { homes[$0] == loop } ?? true }
        }
    }

    /// Whether any service has moved.
    var hasMoved: Bool { !former.isEmpty }

    /// Takes over a configuration, or what has changed of it; whether services have moved.
    mutating func take(_ configuration: GatewayConfiguration) -> Bool {
        var isNews = false
        if configuration.isComplete {
            let names = Set(configuration.routes.map(\.name))
            helpers = helpers.filter { names.contains($0.key) }
        }
        for route in configuration.routes {
            let services = Set(route.traffic.fallback.compactMap(\.helper))
            guard helpers[route.name] != services || homes[route.service] == nil else { continue }
            helpers[route.name] = services
            isNews = true
        }
        if configuration.isComplete { forgetOthers() }
        return isNews && assign()
    }

    private mutating func forgetOthers() {
        let known = Set(helpers.keys.map(\.service)).union(helpers.values.joined())
        homes = homes.filter { known.contains($0.key) }
        former = former.filter { known.contains($0.key) }
    }

    private mutating func assign() -> Bool {
        var hasMoved = false
        for group in groups() {
            let present = Set(group.compactMap { homes[$0] })
            let home = present.min() ?? leastLoaded
            for service in group {
                if let before = homes.updateValue(home, forKey: service), before != home {
                    former[service, default: []].insert(before)
                    hasMoved = true
                }
                former[service]?.remove(home)
                if former[service]?.isEmpty == true { former[service] = nil }
            }
        }
        return hasMoved
    }

    private var leastLoaded: Int {
        var loads = [Int](repeating: 0, count: loops)
        for home in homes.values { loads[home] += 1 }
        return loads.indices.min { loads[$0] < loads[$1] } ?? 0
    }

    /// Services that are to be together, in the order of the first name of each group.
    private func groups() -> [[String]] {
        var neighbours: [String: Set<String>] = [:]
        for (name, services) in helpers {
            neighbours[name.service, default: []].formUnion(services)
            for service in services { neighbours[service, default: []].insert(name.service) }
        }
        var seen: Set<String> = []
        return neighbours.keys.sorted().compactMap { first in
            guard seen.insert(first).inserted else { return nil }
            var group = [first]
            var next = 0
            while next < group.count {
                group += (neighbours[group[next]] ?? []).filter { seen.insert($0).inserted }
                next += 1
            }
            return group
        }
    }
}

extension FallbackStep {
    /// Whose routes answer; nil where no route does.
    fileprivate var helper: String? {
        switch self {
        case .service(let name, _, _): name
        case .url(let url): url.origin
        case .model, .stale, .queue, .answer: nil
        }
    }
}
