/// The ports of a container: those it says it has, and those that the engine binds on the host.
struct EnginePorts {
    let service: Fields

    /// `ExposedPorts`: the targets of `ports` and `expose`.
    func exposed(_ problems: inout Problems) -> ComposeValue? {
        var ports = ComposeMap()
        for name in service.items("ports").compactMap(Self.name) { ports[name] = .map(ComposeMap()) }
        for (index, text) in service.texts("expose").enumerated() {
            guard let range = Self.range(text) else {
                problems.report(
                    service.path + ["expose", "\(index)"], "expected a port or a range of ports, found '\(text)'")
                continue
            }
            for number in range.numbers { ports["\(number)/\(range.transport)"] = .map(ComposeMap()) }
        }
        return .unlessEmpty(ports)
    }

    /// `PortBindings` of what is not TCP: those are the ports of the host that Hale's gateway has no use for.
    var bindings: ComposeValue? {
        var bindings: [String: [ComposeValue]] = [:]
        for port in service.items("ports") where Self.transport(port) != "tcp" {
            guard let name = Self.name(port) else { continue }
            let binding: ComposeMap = [
                "HostIp": .string(port["host_ip"]?.scalarText ?? ""),
                "HostPort": .string(port["published"]?.scalarText ?? ""),
            ]
            bindings[name, default: []].append(.map(binding))
        }
        var map = ComposeMap()
        for (name, list) in bindings { map[name] = .list(list) }
        return .unlessEmpty(map)
    }

    private static func name(_ port: Fields) -> String? {
        port["target"]?.scalarText.map { "\($0)/\(transport(port))" }
    }

    private static func transport(_ port: Fields) -> String {
        port["protocol"]?.scalarText?.lowercased() ?? "tcp"
    }

    /// `8080`, `8080/udp`, `8000-8010/tcp`.
    private static func range(_ text: String) -> (numbers: ClosedRange<UInt16>, transport: String)? {
        let parts = text.split(separator: "/", maxSplits: 1)
        let ends = (parts.first ?? "").split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last, ends.count <= 2 else {
            return nil
        }
        return (first...last, parts.count == 2 ? parts[1].lowercased() : "tcp")
    }
}
