/// Gives variables that `environment` lists by name alone their values while it is still known which file's `.env`
/// holds for them.
enum PassedOnVariables {
    static func resolve(_ root: Node, environment: [String: String]) -> Node {
        guard var map = root.map, let services = map["services"], let all = services.map else { return root }
        map["services"] = services.with(
            .map(
                all.mapValues { _, service in
                    guard var map = service.map, let variables = map["environment"], let items = variables.list else {
                        return service
                    }
                    map["environment"] = variables.with(.list(items.map { resolve($0, environment) }))
                    return service.with(.map(map))
                }))
        return root.with(.map(map))
    }

    private static func resolve(_ item: Node, _ environment: [String: String]) -> Node {
        guard let name = item.string, let value = environment[name] else { return item }
        return item.with(.string("\(name)=\(value)"))
    }
}
