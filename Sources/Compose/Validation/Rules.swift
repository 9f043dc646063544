/// What the Compose Specification asks for beyond the types of values.
enum Rules {
    /// Throws where `root`, in long form, breaks a rule that can be judged without the rest of the project.
    static func check(_ root: Node) throws(ComposeError) {
        for (name, volume) in root["volumes"]?.map ?? [:] { try checkExternal(volume, "volumes.\(name)") }
        for (name, config) in root["configs"]?.map ?? [:] {
            try checkSource(config, "configs.\(name)", of: ["file", "environment", "content"])
        }
        for (name, secret) in root["secrets"]?.map ?? [:] {
            try checkSource(secret, "secrets.\(name)", of: ["file", "environment"])
        }
        for (name, service) in root["services"]?.map ?? [:] { try checkService(service, "services.\(name)") }
    }

    private static func checkExternal(_ node: Node, _ path: String) throws(ComposeError) {
        guard node["external"]?.bool == true else { return }
        for (key, value) in node.map ?? [:] where key != "name" && key != "external" && !key.hasPrefix("x-") {
            throw value.place.error("\(path): '\(key)' cannot be given for an external volume")
        }
    }

    private static func checkSource(_ node: Node, _ path: String, of keys: [String]) throws(ComposeError) {
        guard let map = node.map else { return }
        let given = keys.filter { map[$0] != nil }
        if given.count > 1 {
            throw node.place.error("\(path): expected only one of \(keys.joined(separator: ", "))")
        }
        if given.isEmpty, map["driver"] == nil, map["external"] == nil {
            throw node.place.error("\(path): expected one of \(keys.joined(separator: ", "))")
        }
    }

    private static func checkService(_ node: Node, _ path: String) throws(ComposeError) {
        for port in node["ports"]?.list ?? [] {
            guard let address = port["host_ip"]?.string, !AddressSyntax.isAddress(address) else { continue }
            throw (port["host_ip"]?.place ?? port.place).error(
                "\(path).ports: expected an IP address, found \"\(address)\"")
        }
        for watch in node["develop"]?["watch"]?.list ?? [] where watch["path"]?.string == "" {
            throw watch.place.error("\(path).develop.watch: expected a path, found an empty string")
        }
        let requests = node["gpus"]?.list ?? []
        let reserved = node["deploy"]?["resources"]?["reservations"]?["devices"]?.list ?? []
        for request in requests + reserved where request["count"] != nil && request["device_ids"] != nil {
            throw request.place.error("\(path): expected only one of count, device_ids")
        }
    }
}
