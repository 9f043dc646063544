/// Drops list items that a later item of the same list redefines.
enum Unicity {
    private enum Key {
        /// `NAME` of `NAME=value`.
        case name
        case volume, device, port, file
        /// The target of a secret or config; its place where none is given.
        case mount(String)
        case text
    }

    private static let rules = PathRules<Key>(table)

    private static let table: [String: Key] = {
        let named = [
            "annotations", "build.args", "build.additional_contexts", "build.platform", "build.tags", "build.labels",
            "cap_add", "cap_drop", "deploy.labels", "dns", "dns_opt", "dns_search", "environment", "labels", "links",
            "networks.*.aliases", "networks.*.link_local_ips", "profiles", "sysctls", "tmpfs",
        ]
        var table: [String: Key] = ["networks.*.labels": .name, "networks.*.ipam.options": .name]
        for path in named { table["services.*." + path] = .name }
        table["services.*.volumes"] = .volume
        table["services.*.devices"] = .device
        table["services.*.ports"] = .port
        table["services.*.env_file"] = .file
        table["services.*.expose"] = .text
        table["services.*.configs"] = .mount("")
        table["services.*.secrets"] = .mount("/run/secrets")
        return table
    }()

    static func enforce(_ root: Node) throws(ComposeError) -> Node {
        try enforce(root, rules)
    }

    private static func enforce(_ node: Node, _ rules: PathRules<Key>) throws(ComposeError) -> Node {
        switch node.content {
        case .map(var map):
            for (key, value) in map {
                guard let below = rules.below(key) else { continue }
                map[key] = try enforce(value, below)
            }
            return node.with(.map(map))
        case .list(let items):
            guard let key = rules.rule else { return node }
            return node.with(.list(try unique(items, key)))
        case .null, .bool, .integer, .double, .string:
            return node
        }
    }

    private static func unique(_ items: [Node], _ key: Key) throws(ComposeError) -> [Node] {
        var result: [Node] = []
        var places: [String: Int] = [:]
        for item in items {
            let name = try identity(item, key)
            if let place = places[name] {
                result[place] = item
            } else {
                places[name] = result.count
                result.append(item)
            }
        }
        return result
    }

    private static func identity(_ item: Node, _ key: Key) throws(ComposeError) -> String {
        switch key {
        case .name:
            guard let text = item.string else { throw item.place.error("expected a string, found \(item.kind)") }
            return String(text.prefix { $0 != "=" })
        case .text:
            guard let text = item.scalarText else { throw item.place.error("expected a string, found \(item.kind)") }
            return text
        case .volume:
            if let text = item.string { return try VolumeSyntax.parse(text, at: item.mark)["target"]?.string ?? "" }
            return try target(item)
        case .device:
            if let text = item.string {
                let parts = text.split(separator: ":", omittingEmptySubsequences: false)
                return String(parts.count > 1 ? parts[1] : parts[0])
            }
            return try target(item)
        case .mount(let folder):
            if let text = item.string { return "\(folder)/\(text)" }
            return item["target"]?.string ?? "\(folder)/\(item["source"]?.string ?? "")"
        case .file:
            return item.string ?? item["path"]?.string ?? ""
        case .port: return port(item)
        }
    }

    private static func target(_ item: Node) throws(ComposeError) -> String {
        guard item.map != nil else { return "" }
        guard let target = item["target"]?.string else {
            throw item.place.error("expected a target", hint: "add target: PATH")
        }
        return target
    }

    private static func port(_ item: Node) -> String {
        guard item.map != nil else { return item.scalarText ?? "" }
        let host = item["host_ip"]?.scalarText ?? "0.0.0.0"
        let published = item["published"]?.scalarText ?? ""
        return "\(host):\(published):\(item["target"]?.scalarText ?? "")/\(item["protocol"]?.scalarText ?? "tcp")"
    }
}
