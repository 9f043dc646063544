/// Lays one file's values over another's by Compose's rules: mappings are merged, lists are joined, scalars are
/// replaced, and some places have rules of their own.
enum Merging {
    private enum Rule {
        case build, dependencies, networks, addresses, hosts, joined, logging, replaced
    }

    private static let rules = PathRules<Rule>([
        "networks.*.ipam.config": .addresses,
        "networks.*.labels": .joined,
        "volumes.*.labels": .joined,
        "services.*.annotations": .joined,
        "services.*.build": .build,
        "services.*.build.args": .joined,
        "services.*.build.additional_contexts": .joined,
        "services.*.build.extra_hosts": .hosts,
        "services.*.build.labels": .joined,
        "services.*.command": .replaced,
        "services.*.depends_on": .dependencies,
        "services.*.deploy.labels": .joined,
        "services.*.dns": .joined,
        "services.*.dns_opt": .joined,
        "services.*.dns_search": .joined,
        "services.*.entrypoint": .replaced,
        "services.*.env_file": .joined,
        "services.*.label_file": .joined,
        "services.*.environment": .joined,
        "services.*.extra_hosts": .hosts,
        "services.*.healthcheck.test": .replaced,
        "services.*.labels": .joined,
        "services.*.volumes.*.volume.labels": .joined,
        "services.*.logging": .logging,
        "services.*.models": .networks,
        "services.*.networks": .networks,
        "services.*.sysctls": .joined,
        "services.*.tmpfs": .joined,
        "services.*.ulimits.*": .replaced,
    ])

    /// `base` with all of `other` laid over it.
    static func merge(_ base: Node, _ other: Node) throws(ComposeError) -> Node {
        try merge(base, other, rules)
    }

    /// The same for one service.
    static func mergeService(_ base: Node, _ other: Node) throws(ComposeError) -> Node {
        try merge(base, other, rules.below("services")?.item)
    }

    /// The same for one resource of a section such as `volumes`.
    static func mergeResource(_ base: Node, _ other: Node, section: String) throws(ComposeError) -> Node {
        try merge(base, other, rules.below(section)?.item)
    }

    private static func merge(_ base: Node, _ other: Node, _ rules: PathRules<Rule>?) throws(ComposeError) -> Node {
        switch rules?.rule {
        case .build: return try maps(asBuild(base), asBuild(other), rules)
        case .dependencies: return try maps(asMap(base, dependency), asMap(other, dependency), rules)
        case .networks: return try maps(asMap(base) { $0.derived(.null) }, asMap(other) { $0.derived(.null) }, rules)
        case .addresses: return try addresses(base, other)
        case .hosts: return hosts(base, other)
        case .joined: return other.derived(.list(asList(base) + asList(other)))
        case .logging: return try logging(base, other, rules)
        case .replaced: return other
        case nil: break
        }
        if other.isNull { return base }
        switch base.content {
        case .map:
            guard other.map != nil else { throw mismatch(base, other) }
            return try maps(base, other, rules)
        case .list(let items):
            guard let more = other.list else { throw mismatch(base, other) }
            return other.with(.list(items + more))
        case .null, .bool, .integer, .double, .string:
            return other
        }
    }

    private static func mismatch(_ base: Node, _ other: Node) -> ComposeError {
        other.place.error(
            "expected \(base.kind), found \(other.kind)",
            hint: "it is \(base.kind) in \(base.mark.file.path):\(base.mark.line)")
    }

    private static func maps(_ base: Node, _ other: Node, _ rules: PathRules<Rule>?) throws(ComposeError) -> Node {
        guard let over = other.map else { return base }
        guard var merged = base.map else { return other }
        for (key, value) in over {
            if let existing = merged[key] {
                var node = try merge(existing, value, rules?.below(key))
                node.key = value.key ?? existing.key
                merged[key] = node
            } else {
                merged[key] = value
            }
        }
        return base.with(.map(merged))
    }

    private static func asBuild(_ node: Node) -> Node {
        node.string == nil ? node : node.with(.map(["context": node]))
    }

    private static func dependency(_ node: Node) -> Node {
        node.derived(
            .map(["condition": node.derived(.string("service_started")), "required": node.derived(.bool(true))]))
    }

    /// A list of names as a mapping.
    private static func asMap(_ node: Node, _ value: (Node) -> Node) -> Node {
        guard let items = node.list else { return node }
        var map = NodeMap()
        for item in items {
            guard let name = item.string else { continue }
            map[name] = value(item)
        }
        return node.with(.map(map))
    }

    /// A mapping as a sorted list of `key=value`.
    private static func asList(_ node: Node) -> [Node] {
        switch node.content {
        case .list(let items): return items
        case .string: return [node]
        case .map(let map):
            return map.flatMap { key, value in entries(key, value) }.sorted { ($0.string ?? "") < ($1.string ?? "") }
        case .null, .bool, .integer, .double: return []
        }
    }

    private static func entries(_ key: String, _ value: Node) -> [Node] {
        if value.isNull { return [value.derived(.string(key))] }
        let values = value.list ?? [value]
        return values.map { item in
            // What cannot be text is kept as it is, so that validation meets it and says where it is.
            item.scalarText.map { value.derived(.string("\(key)=\($0)")) } ?? item
        }
    }

    private static func hosts(_ base: Node, _ other: Node) -> Node {
        let first = asList(base)
        return other.derived(.list(first + asList(other).filter { !first.contains($0) }))
    }

    /// Options of different drivers have nothing to do with each other.
    private static func logging(_ base: Node, _ other: Node, _ rules: PathRules<Rule>?) throws(ComposeError) -> Node {
        guard let before = base["driver"], let after = other["driver"], before != after else {
            return try maps(base, other, rules)
        }
        return other
    }

    private static func addresses(_ base: Node, _ other: Node) throws(ComposeError) -> Node {
        guard let first = base.list, let second = other.list else { throw mismatch(base, other) }
        var merged: [Node] = []
        for item in first {
            for over in second {
                if over["subnet"] != item["subnet"] {
                    if !merged.contains(where: { $0["subnet"] == over["subnet"] }) {
                        merged.append(over)
                        continue
                    }
                }
                let both = try maps(item, over, nil)
                if let place = merged.firstIndex(where: { $0["subnet"] == both["subnet"] }) {
                    merged[place] = both
                } else {
                    merged.append(both)
                }
            }
        }
        return other.with(.list(merged))
    }
}
