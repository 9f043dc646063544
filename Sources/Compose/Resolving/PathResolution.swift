/// Makes relative paths absolute.
struct PathResolution {
    /// What they are relative to; absolute.
    var base: String
    /// What `~` stands for; nil leaves it.
    var home: String?

    /// `root` with every path in it absolute; its short forms must be gone.
    func apply(to root: Node) throws(ComposeError) -> Node {
        guard var map = root.map else { return root }
        if let services = map["services"], let all = services.map {
            map["services"] = services.with(
                .map(try all.mapValues { _, node throws(ComposeError) in try service(node) }))
        }
        for section in ["configs", "secrets"] {
            map[section] = map[section].map { values(of: $0) { change("file", of: $0, path) } }
        }
        map["volumes"] = map["volumes"].map { values(of: $0, driverOptions) }
        return root.with(.map(map))
    }

    private func service(_ node: Node) throws(ComposeError) -> Node {
        guard var map = node.map else { return node }
        map["build"] = map["build"].map { build in
            let contexts = change("context", of: build, context)
            let more = change("additional_contexts", of: contexts) { values(of: $0, context) }
            return change("ssh", of: more) { values(of: $0, path) }
        }
        map["env_file"] = map["env_file"].map { items(of: $0) { change("path", of: $0, path) } }
        map["label_file"] = map["label_file"].map { items(of: $0, path) }
        map["extends"] = map["extends"].map { change("file", of: $0, path) }
        map["develop"] = map["develop"].map { develop in
            change("watch", of: develop) { items(of: $0) { change("path", of: $0, path) } }
        }
        if let volumes = map["volumes"], let list = volumes.list {
            var resolved: [Node] = []
            for item in list { resolved.append(try volume(item)) }
            map["volumes"] = volumes.with(.list(resolved))
        }
        return node.with(.map(map))
    }

    private func volume(_ node: Node) throws(ComposeError) -> Node {
        guard let map = node.map, map["type"]?.string == "bind" else { return node }
        guard map["source"] != nil else { throw node.place.error("a volume of type bind needs a source") }
        return change("source", of: node, path)
    }

    private func driverOptions(_ node: Node) -> Node {
        guard node["driver"]?.string == "local", node["driver_opts"]?["o"]?.string == "bind" else { return node }
        return change("driver_opts", of: node) { change("device", of: $0, path) }
    }

    // MARK: - Walking

    private func change(_ key: String, of node: Node, _ change: (Node) -> Node) -> Node {
        guard var map = node.map, let value = map[key] else { return node }
        map[key] = change(value)
        return node.with(.map(map))
    }

    private func values(of node: Node, _ change: (Node) -> Node) -> Node {
        guard let map = node.map else { return node }
        return node.with(.map(map.mapValues { _, value in change(value) }))
    }

    private func items(of node: Node, _ change: (Node) -> Node) -> Node {
        guard let list = node.list else { return node }
        return node.with(.list(list.map(change)))
    }

    // MARK: - Paths

    private func path(_ node: Node) -> Node {
        guard let text = node.string, !text.isEmpty else { return node }
        return node.with(.string(absolute(text)))
    }

    /// `text` made absolute; Windows paths are left for the engine that understands them.
    func absolute(_ text: String) -> String {
        if text.hasPrefix("~"), let home { return Paths.clean(home + "/" + text.dropFirst()) }
        if text.hasPrefix("/") || VolumeSyntax.isWindowsDrive(text) || text.hasPrefix("\\\\") { return text }
        return Paths.join(base, text)
    }

    /// A folder, or something that only a builder understands.
    private func context(_ node: Node) -> Node {
        let remotes = ["https://", "http://", "git://", "ssh://", "github.com/", "git@", "service:"]
        guard let text = node.string, !text.contains("://"), !remotes.contains(where: text.hasPrefix) else {
            return node
        }
        return path(node)
    }
}
