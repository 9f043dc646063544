/// Who needs whom. Compose files with cycles are refused before they get here; should one come all the same, the edges
/// that close a cycle are left out, so that order always exists.
public struct DependencyOrder {
    /// Service names, each after all it needs.
    public private(set) var order: [String] = []
    /// What each needs that there is.
    public private(set) var dependencies: [String: [Dependency]] = [:]
    /// Who needs each, sorted.
    public private(set) var dependents: [String: [String]] = [:]

    /// That of `services`.
    public init(_ services: [Service]) {
        let known = Dictionary(services.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var state: [String: Visit] = [:]
        for name in known.keys.sorted() where state[name] == nil {
            visit(name, known, &state)
        }
        for name in dependents.keys { dependents[name]?.sort() }
    }

    /// How many services deep the dependencies of each are: 0 needs nothing.
    public var depths: [String: Int] {
        order.reduce(into: [:]) { depths, name in
            depths[name] = (dependencies[name] ?? []).map { (depths[$0.service] ?? 0) + 1 }.max() ?? 0
        }
    }

    private enum Visit { case open, done }

    /// Depth first, with a stack of its own: chains in files may be longer than a thread's stack allows.
    private mutating func visit(_ root: String, _ known: [String: Service], _ state: inout [String: Visit]) {
        var path: [(name: String, rest: ArraySlice<Dependency>)] = []
        func enter(_ name: String) {
            state[name] = .open
            let sorted = (known[name]?.dependencies ?? []).sorted { $0.service < $1.service }
            path.append((name, sorted[...]))
        }
        enter(root)
        while let (name, rest) = path.last {
            guard let dependency = rest.first else {
                state[name] = .done
                order.append(name)
                path.removeLast()
                continue
            }
            path[path.count - 1].rest = rest.dropFirst()
            guard known[dependency.service] != nil, state[dependency.service] != .open else { continue }
            dependencies[name, default: []].append(dependency)
            dependents[dependency.service, default: []].append(name)
            if state[dependency.service] == nil { enter(dependency.service) }
        }
    }
}
