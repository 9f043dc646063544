internal import Stack

/// Joins services by their `x-hale.fallback`.
enum FallbackChains {
    /// Gives each service its chain, and refuses services that stand in for each other: what makes one of them fail would
    /// be handed to the other, and back.
    static func join(
        _ services: inout [Service], model: ComposeMap, inactive: some Sequence<String>, _ problems: inout Problems
    ) {
        let known = FallbackServices(services, inactive: inactive)
        for index in services.indices {
            let name = services[index].name
            let path = ["services", name, "x-hale", "fallback"]
            let value = Fields(model[name], path: []).fields("x-hale")["fallback"]
            let lowering = FallbackLowering(owner: name, fields: Fields(value, path: path), services: known)
            services[index].traffic.fallback = lowering.chain(&problems)
        }
        if let circle = circle(among: services) {
            let path = ["services", circle.first ?? "", "x-hale", "fallback"]
            let names = (circle + circle.prefix(1)).joined(separator: " to ")
            problems.report(path, "services must not stand in for each other in a circle (\(names))")
        }
    }

    /// The names of services each of which has the next one stand in for it, and the last one the first.
    private static func circle(among services: [Service]) -> [String]? {
        let standIns = Dictionary(
            services.map { ($0.name, $0.traffic.fallback.compactMap(\.serviceName)) },
            uniquingKeysWith: { first, _ in first })
        var cleared: Set<String> = []
        func search(_ name: String, _ way: [String]) -> [String]? {
            if let start = way.firstIndex(of: name) { return Array(way[start...]) }
            guard !cleared.contains(name) else { return nil }
            for next in standIns[name] ?? [] {
                if let found = search(next, way + [name]) { return found }
            }
            cleared.insert(name)
            return nil
        }
        for service in services {
            if let found = search(service.name, []) { return found }
        }
        return nil
    }
}

extension FallbackStep {
    /// The other service that it asks; nil where it asks none.
    fileprivate var serviceName: String? {
        switch self {
        case .service(let name, _, _): name
        case .url, .model, .stale, .queue, .answer: nil
        }
    }
}
