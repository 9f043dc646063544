/// Finds services that need each other.
enum DependencyCycle {
    private enum State {
        case open, done
    }

    /// Throws the first cycle, by name, among the dependencies of `services`.
    static func check(_ services: NodeMap) throws(ComposeError) {
        var states: [String: State] = [:]
        for name in services.keys.sorted() where states[name] == nil {
            // A list of its own instead of recursion: a chain may be as long as there are services.
            var path: [(name: String, rest: ArraySlice<String>)] = [(name, needs(name, services))]
            states[name] = .open
            while let (current, rest) = path.last {
                guard let next = rest.first else {
                    states[current] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].rest = rest.dropFirst()
                switch states[next] {
                case .done: continue
                case .open: throw error(path.map(\.name), next, services)
                case nil:
                    states[next] = .open
                    path.append((next, needs(next, services)))
                }
            }
        }
    }

    private static func needs(_ name: String, _ services: NodeMap) -> ArraySlice<String> {
        (services[name]?["depends_on"]?.map?.keys ?? []).filter { services[$0] != nil }.sorted()[...]
    }

    private static func error(_ path: [String], _ next: String, _ services: NodeMap) -> ComposeError {
        let start = path.firstIndex(of: next) ?? 0
        let names = (path[start...] + [next]).joined(separator: " -> ")
        let mark =
            services[path.last ?? next]?["depends_on"]?[next]?.place ?? services[next]?.place
            ?? Mark(SourceFile("compose.yaml"))
        return mark.error("services depend on each other: \(names)")
    }
}
