/// Turns every short form into its long one.
enum Canonical {
    private typealias Transform = @Sendable (Node) throws(ComposeError) -> Node

    private static let serviceKeys: [String: Transform] = [
        "build": build,
        "depends_on": dependencies,
        "env_file": environmentFiles,
        "label_file": listed,
        "extends": { node in node.string == nil ? node : node.with(.map(["service": node])) },
        "gpus": { node in
            node.string == nil ? node : node.with(.list([node.with(.map(["count": node.with(.string("all"))]))]))
        },
        "networks": named,
        "models": named,
        "volumes": { node throws(ComposeError) in try items(of: node, volume) },
        "dns": listed,
        "devices": { node throws(ComposeError) in try items(of: node, device) },
        "secrets": { node throws(ComposeError) in try items(of: node, reference) },
        "configs": { node throws(ComposeError) in try items(of: node, reference) },
        "ports": ports,
        "develop": { node throws(ComposeError) in
            try keys(of: node, ["watch": { node throws(ComposeError) in try items(of: node, watch) }])
        },
    ]

    private static let buildKeys: [String: Transform] = [
        "secrets": { node throws(ComposeError) in try items(of: node, reference) },
        "provenance": text,
        "sbom": text,
        "additional_contexts": pairs,
        "ssh": keysAndPaths,
    ]

    /// `root` with all its sections in long form.
    static func apply(to root: Node) throws(ComposeError) -> Node {
        guard var map = root.map else { return root }
        if let services = map["services"] {
            map["services"] = try values(of: services) { service throws(ComposeError) in
                emptyNamesDropped(from: try keys(of: service, serviceKeys))
            }
        }
        for section in ["volumes", "networks", "secrets", "configs"] {
            if let resources = map[section] { map[section] = try values(of: resources, resource) }
        }
        return root.with(.map(map))
    }

    // MARK: - Walking

    private static func values(of node: Node, _ change: Transform) throws(ComposeError) -> Node {
        guard let map = node.map else { return node }
        return node.with(.map(try map.mapValues { _, value throws(ComposeError) in try change(value) }))
    }

    private static func items(of node: Node, _ change: Transform) throws(ComposeError) -> Node {
        guard let list = node.list else { return node }
        var changed: [Node] = []
        for item in list { changed.append(try change(item)) }
        return node.with(.list(changed))
    }

    private static func keys(of node: Node, _ changes: [String: Transform]) throws(ComposeError) -> Node {
        guard var map = node.map else { return node }
        for key in map.keys {
            guard let change = changes[key], let value = map[key] else { continue }
            map[key] = try change(value)
        }
        return node.with(.map(map))
    }

    /// Empty names of DNS servers mean nothing; a variable without a value leaves them behind.
    private static func emptyNamesDropped(from service: Node) -> Node {
        guard var map = service.map, let dns = map["dns"], let items = dns.list else { return service }
        map["dns"] = dns.with(.list(items.filter { $0.string != "" && !$0.isNull }))
        return service.with(.map(map))
    }

    // MARK: - Forms

    private static func build(_ node: Node) throws(ComposeError) -> Node {
        node.string == nil ? try keys(of: node, buildKeys) : node.with(.map(["context": node]))
    }

    private static func dependencies(_ node: Node) -> Node {
        if let items = node.list {
            var map = NodeMap()
            for item in items { if let name = item.string { map[name] = dependency(item.with(.map([:]))) } }
            return node.with(.map(map))
        }
        guard let map = node.map else { return node }
        return node.with(.map(map.mapValues { _, value in dependency(value) }))
    }

    private static func dependency(_ node: Node) -> Node {
        guard var map = node.map else { return node }
        if map["condition"] == nil { map["condition"] = node.derived(.string("service_started")) }
        if map["required"] == nil { map["required"] = node.derived(.bool(true)) }
        return node.with(.map(map))
    }

    private static func environmentFiles(_ node: Node) -> Node {
        let items = node.list ?? [node]
        return node.with(
            .list(
                items.map { item in
                    var map = item.map ?? ["path": item]
                    if map["required"] == nil { map["required"] = item.derived(.bool(true)) }
                    return item.with(.map(map))
                }))
    }

    private static func listed(_ node: Node) -> Node {
        node.string == nil ? node : node.with(.list([node]))
    }

    private static func named(_ node: Node) -> Node {
        guard let items = node.list else { return node }
        var map = NodeMap()
        for item in items { if let name = item.string { map[name] = item.derived(.null) } }
        return node.with(.map(map))
    }

    private static func volume(_ node: Node) throws(ComposeError) -> Node {
        guard let text = node.string else { return node }
        return node.with(.map(try VolumeSyntax.parse(text, at: node.mark)))
    }

    private static func device(_ node: Node) throws(ComposeError) -> Node {
        guard let text = node.string else { return node }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 3 else {
            throw node.place.error("device \"\(text)\" has too many colons", hint: "use source: and target:")
        }
        let target = parts.count > 1 && !parts[1].isEmpty ? parts[1] : parts[0]
        return node.with(
            .map([
                "source": node.derived(.string(parts[0])), "target": node.derived(.string(target)),
                "permissions": node.derived(.string(parts.count > 2 ? parts[2] : "rwm")),
            ]))
    }

    private static func reference(_ node: Node) -> Node {
        node.string == nil ? node : node.with(.map(["source": node]))
    }

    private static func ports(_ node: Node) throws(ComposeError) -> Node {
        guard let items = node.list else { return node }
        var ports: [Node] = []
        for item in items {
            if let text = item.scalarText {
                ports += try PortSyntax.parse(text, at: item.mark).map { item.with(.map($0)) }
            } else {
                ports.append(item)
            }
        }
        return node.with(.list(ports))
    }

    private static func watch(_ node: Node) throws(ComposeError) -> Node {
        try keys(of: node, ["ignore": listed, "include": listed])
    }

    private static func text(_ node: Node) -> Node {
        node.scalarText.map { node.with(.string($0)) } ?? node
    }

    private static func pairs(_ node: Node) throws(ComposeError) -> Node {
        guard let items = node.list else { return node }
        var map = NodeMap()
        for item in items {
            let parts = (item.string ?? "").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                throw item.place.error("expected NAME=VALUE, found \"\(item.string ?? "")\"")
            }
            map[String(parts[0])] = item.derived(.string(String(parts[1])))
        }
        return node.with(.map(map))
    }

    private static func keysAndPaths(_ node: Node) throws(ComposeError) -> Node {
        guard let items = node.list else { return node }
        var map = NodeMap()
        for item in items {
            let text = item.string ?? ""
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 || text == "default" else {
                throw item.place.error("expected default or ID=PATH, found \"\(text)\"")
            }
            map[parts[0]] = item.derived(parts.count == 2 ? .string(parts[1]) : .null)
        }
        return node.with(.map(map))
    }

    /// The old `external: {name: …}` says two things at once.
    private static func resource(_ node: Node) throws(ComposeError) -> Node {
        guard var map = node.map, let external = map["external"], external.map != nil else { return node }
        map["external"] = external.with(.bool(true))
        if let name = external["name"] {
            if let existing = map["name"], existing != name {
                throw name.place.error("name and external.name differ", hint: "use name alone")
            }
            map["name"] = name
        }
        return node.with(.map(map))
    }
}
