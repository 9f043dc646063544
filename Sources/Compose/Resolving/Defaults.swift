/// Gives what a file leaves out its default value.
enum Defaults {
    /// `root` with the defaults that hold whatever the rest of the project says.
    static func apply(to root: Node) -> Node {
        guard var map = root.map, let services = map["services"], let all = services.map else { return root }
        map["services"] = services.with(.map(all.mapValues { _, node in service(node) }))
        return root.with(.map(map))
    }

    private static func service(_ node: Node) -> Node {
        guard var map = node.map else { return node }
        map["build"] = map["build"].map { adding("context", .string("."), to: $0) }
        map["secrets"] = map["secrets"].map { items(of: $0, secret) }
        map["ports"] = map["ports"].map { items(of: $0, port) }
        map["gpus"] = map["gpus"].map { items(of: $0, request) }
        map["volumes"] = map["volumes"].map { volumes in
            items(of: volumes) { volume in
                changing("bind", of: volume) { adding("create_host_path", .bool(true), to: $0) }
            }
        }
        map["deploy"] = map["deploy"].map { deploy in
            changing("resources", of: deploy) { resources in
                changing("reservations", of: resources) { changing("devices", of: $0) { items(of: $0, request) } }
            }
        }
        return node.with(.map(map))
    }

    private static func secret(_ node: Node) -> Node {
        adding("target", .string("/run/secrets/" + (node["source"]?.string ?? "")), to: node)
    }

    private static func port(_ node: Node) -> Node {
        adding("mode", .string("ingress"), to: adding("protocol", .string("tcp"), to: node))
    }

    private static func request(_ node: Node) -> Node {
        node["device_ids"] == nil ? adding("count", .string("all"), to: node) : node
    }

    private static func adding(_ key: String, _ content: Node.Content, to node: Node) -> Node {
        guard var map = node.map, map[key] == nil else { return node }
        map[key] = node.derived(content)
        return node.with(.map(map))
    }

    private static func changing(_ key: String, of node: Node, _ change: (Node) -> Node) -> Node {
        guard var map = node.map, let value = map[key] else { return node }
        map[key] = change(value)
        return node.with(.map(map))
    }

    private static func items(of node: Node, _ change: (Node) -> Node) -> Node {
        guard let list = node.list else { return node }
        return node.with(.list(list.map(change)))
    }
}
