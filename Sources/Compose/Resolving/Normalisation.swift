/// Says outright what a project means without saying it: the default network, dependencies that other keys imply, the
/// names of resources, the values of variables that are passed on.
struct Normalisation {
    var projectName: String
    var environment: [String: String]

    func apply(to root: Node) -> Node {
        guard var map = root.map else { return root }
        var usesDefaultNetwork = false
        if let services = map["services"], let all = services.map {
            let resolved = all.mapValues { _, node in service(node, &usesDefaultNetwork) }
            map["services"] = services.with(.map(resolved))
        }
        if usesDefaultNetwork {
            var networks = map["networks"] ?? root.derived(.map([:]))
            var all = networks.map ?? [:]
            if all["default"] == nil { all["default"] = root.derived(.null) }
            networks.content = .map(all)
            map["networks"] = networks
        }
        for section in ["networks", "volumes", "configs", "secrets"] {
            guard let resources = map[section], let all = resources.map else { continue }
            map[section] = resources.with(.map(all.mapValues { key, node in named(node, key) }))
        }
        map["name"] = root.derived(.string(projectName))
        return root.with(.map(map))
    }

    private func named(_ node: Node, _ key: String) -> Node {
        var map = node.map ?? [:]
        if map["name"].map(\.isNull) ?? true {
            let isExternal = map["external"].map { $0.bool == true || Casts.flag($0.string ?? "") == true } ?? false
            map["name"] = node.derived(.string(isExternal ? key : "\(projectName)_\(key)"))
        }
        return node.with(.map(map))
    }

    private func service(_ node: Node, _ usesDefaultNetwork: inout Bool) -> Node {
        guard var map = node.map else { return node }
        connect(&map, node, &usesDefaultNetwork)
        if map["pull_policy"]?.string == "if_not_present" {
            map["pull_policy"] = map["pull_policy"]?.with(.string("missing"))
        }
        map["build"] = map["build"].map(build)
        map["environment"] = map["environment"].map { passOn($0, keepsUnset: true) }
        let dependencies = impliedDependencies(map, node)
        if !dependencies.isEmpty {
            map["depends_on"] = (map["depends_on"] ?? node).with(.map(dependencies))
        }
        map["volumes"] = map["volumes"].map { volumes in
            volumes.with(.list((volumes.list ?? []).map(cleanTarget)))
        }
        map["pre_start"] = map["pre_start"].map { inherit(map["image"], $0) }
        return node.with(.map(map))
    }

    private func connect(_ map: inout NodeMap, _ node: Node, _ usesDefaultNetwork: inout Bool) {
        guard map["provider"] == nil, map["network_mode"] == nil else { return }
        if let networks = map["networks"]?.map, !networks.isEmpty {
            if networks["default"] != nil { usesDefaultNetwork = true }
        } else {
            map["networks"] = (map["networks"] ?? node.derived(.null)).with(.map(["default": node.derived(.null)]))
            usesDefaultNetwork = true
        }
    }

    private func build(_ node: Node) -> Node {
        guard var map = node.map else { return node }
        if map["context"] == nil { map["context"] = node.derived(.string(".")) }
        if map["dockerfile"] == nil, map["dockerfile_inline"] == nil {
            map["dockerfile"] = node.derived(.string("Dockerfile"))
        }
        map["args"] = map["args"].map { passOn($0, keepsUnset: false) }
        return node.with(.map(map))
    }

    /// Gives variables that are named without a value the one of the project's environment.
    private func passOn(_ node: Node, keepsUnset: Bool) -> Node {
        if let items = node.list {
            return node.with(
                .list(
                    items.compactMap { item in
                        guard let text = item.string, !text.utf8.contains(UInt8(ascii: "=")) else { return item }
                        if let value = environment[text] { return item.with(.string("\(text)=\(value)")) }
                        return keepsUnset ? item : nil
                    }))
        }
        guard let map = node.map else { return node }
        var resolved = NodeMap()
        for (key, value) in map {
            if !value.isNull {
                resolved[key] = value
            } else if let found = environment[key] {
                resolved[key] = value.with(.string(found))
            } else if keepsUnset {
                resolved[key] = value
            }
        }
        return node.with(.map(resolved))
    }

    private func impliedDependencies(_ service: NodeMap, _ node: Node) -> NodeMap {
        var dependencies = service["depends_on"]?.map ?? [:]
        func add(_ name: String, restart: Bool, from source: Node) {
            guard dependencies[name] == nil else { return }
            dependencies[name] = source.derived(
                .map([
                    "condition": source.derived(.string("service_started")), "restart": source.derived(.bool(restart)),
                    "required": source.derived(.bool(true)),
                ]))
        }
        for link in service["links"]?.list ?? [] {
            let parts = (link.string ?? "").split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            add(parts.count == 2 ? parts[0] : link.string ?? "", restart: true, from: link)
        }
        for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
            guard let value = service[key], let text = value.string, text.hasPrefix("service:") else { continue }
            add(String(text.dropFirst("service:".count)), restart: true, from: value)
        }
        for source in service["volumes_from"]?.list ?? [] {
            guard let text = source.string, !text.hasPrefix("container:") else { continue }
            add(String(text.prefix { $0 != ":" }), restart: false, from: source)
        }
        return dependencies
    }

    private func cleanTarget(_ node: Node) -> Node {
        guard var map = node.map, let target = map["target"], let text = target.string else { return node }
        map["target"] = target.with(.string(Paths.clean(text)))
        return node.with(.map(map))
    }

    private func inherit(_ image: Node?, _ hooks: Node) -> Node {
        guard let image, image.string?.isEmpty == false, let list = hooks.list else { return hooks }
        return hooks.with(
            .list(
                list.map { hook in
                    guard var map = hook.map, map["image"] == nil else { return hook }
                    map["image"] = image
                    return hook.with(.map(map))
                }))
    }
}
