internal import Glibc
internal import Platform
internal import Stack

/// Makes network namespaces with all that belongs to them, and removes them.
struct NetworkBuilder {
    private static let forwarding = "/proc/sys/net/ipv4/ip_forward"
    private static let lockPath = "/run/hale-networks.lock"

    /// What is to be there.
    let plan: NetworkPlan
    /// A process of each namespace that has one, by path.
    let living: [String: Int32]

    /// Makes the namespaces of the plan that are missing.
    func makeMissing() throws {
        var missing = plan.namespaces.filter { !fileExists($0.path) }
        guard !missing.isEmpty else { return }
        // Other projects choose addresses as well.
        let lock = try Self.lock()
        defer { close(lock) }
        missing = try missing.filter { namespace in
            guard let pid = living[namespace.path] else { return true }
            try NetworkTools.run(["ip", "netns", "attach", namespace.name, "\(pid)"])
            return false
        }
        var networks = try plan.namespaces.filter { $0.networks.count == 1 && !missing.contains($0) }
            .reduce(into: [:]) { $0[$1.networks[0]] = try Self.network(of: $1) }
        for namespace in missing {
            do {
                try make(namespace, &networks)
            } catch {
                Self.remove(namespace.name)
                throw error
            }
        }
        // Who had joined a network that was made anew is still joined to the one that it was.
        let renewed = Set(missing.filter { $0.networks.count == 1 }.flatMap(\.networks))
        for namespace in plan.namespaces where namespace.networks.count > 1 && !missing.contains(namespace) {
            try join(namespace, networks) { renewed.contains($0) }
        }
    }

    /// Not the folder itself, which ip(8) locks.
    private static func lock() throws -> Int32 {
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, retryingInterrupts({ flock(descriptor, LOCK_EX) }) == 0 else {
            throw SystemError.last("lock \(lockPath)")
        }
        return descriptor
    }

    private func make(
        _ namespace: NetworkPlan.Namespace, _ networks: inout [String: NetworkCommands.Network]
    ) throws {
        try NetworkTools.run(["ip", "netns", "add", namespace.name])
        // A new namespace has the settings of the host (devconf_inherit_init_net), which may pass on what is not for it.
        try NetworkTools.run(["ip", "netns", "exec", namespace.name, "sh", "-c", "echo 0 >\(Self.forwarding)"])
        try NetworkTools.batch(in: namespace.name, "link set lo up\n")
        if namespace.networks.count > 1 { return try join(namespace, networks) { _ in true } }
        guard !namespace.networks.isEmpty || namespace.callsOut else { return }
        let routes = try Self.routes()
        let network = NetworkCommands.Network(
            namespace: namespace.name, interface: namespace.callsOut ? Self.interface(namespace.name) : nil,
            subnet: try Self.freeSubnet(namespace.name, routes, besides: networks.values.map(\.subnet)))
        try make(network, packetSize: Self.packetSize(routes))
        if let name = namespace.networks.first { networks[name] = network }
    }

    /// Joins a namespace to those of its networks that are chosen. It leaves by the first that has a way out.
    private func join(
        _ namespace: NetworkPlan.Namespace, _ networks: [String: NetworkCommands.Network],
        where isChosen: (String) -> Bool
    ) throws {
        let wayOut = namespace.networks.first { networks[$0]?.interface != nil }
        for (index, name) in namespace.networks.enumerated() where isChosen(name) {
            guard let network = networks[name] else { continue }
            let joining = NetworkCommands.Joining(
                namespace: namespace.name, network: network, interface: "network\(index)",
                address: try Self.freeAddress(in: network), isWayOut: name == wayOut)
            // It may lead to a network of that name that was removed, in which something still lives.
            _ = try? ProgramRun.run(["ip", "-n", namespace.name, "link", "delete", joining.interface])
            try NetworkTools.batch(NetworkCommands.hostSide(joining))
            try NetworkTools.batch(in: network.namespace, NetworkCommands.networkSide(joining))
            try NetworkTools.batch(in: namespace.name, NetworkCommands.joiningSide(joining))
        }
    }

    private func make(_ network: NetworkCommands.Network, packetSize: Int) throws {
        // Left by one that was removed, in which something still lives.
        if let interface = network.interface { _ = try? ProgramRun.run(["ip", "link", "delete", interface]) }
        try NetworkTools.batch(NetworkCommands.hostSide(network, packetSize: packetSize))
        try NetworkTools.batch(in: network.namespace, NetworkCommands.networkSide(network, packetSize: packetSize))
        guard let interface = network.interface else { return }
        if NetworkCommands.forwarding(chains: try NetworkTools.run(["nft", "list", "chains"])) == .passesByRule {
            try NetworkTools.run(["nft", "-f", "-"], input: NetworkCommands.userRules(interface: interface))
        }
        try NetworkTools.run(
            ["nft", "-f", "-"], input: NetworkCommands.rules(network, table: Self.interface(network.namespace)))
        try writeFileInPlace(Array("1\n".utf8), to: Self.forwarding)
    }

    /// The network that is there already.
    private static func network(of namespace: NetworkPlan.Namespace) throws -> NetworkCommands.Network {
        let bridge = NetworkCommands.bridge
        let printed = try NetworkTools.run(["ip", "-n", namespace.name, "-o", "-4", "address", "show", "dev", bridge])
        let words = printed.split(whereSeparator: \.isWhitespace)
        guard let place = words.firstIndex(of: "inet"), words.indices.contains(place + 1),
            let subnet = words[place + 1].split(separator: "/").first.flatMap({ Subnet(around: $0) })
        else { throw LaunchError("the network namespace \(namespace.name) has no addresses") }
        return NetworkCommands.Network(
            namespace: namespace.name, interface: namespace.callsOut ? interface(namespace.name) : nil, subnet: subnet)
    }

    /// The first that no port of the network's bridge is named after.
    private static func freeAddress(in network: NetworkCommands.Network) throws -> UInt8 {
        let ports = try NetworkTools.run(
            ["ip", "-n", network.namespace, "-o", "link", "show", "master", NetworkCommands.bridge])
        guard let address = NetworkCommands.freeAddress(ports: ports) else {
            throw LaunchError("the network namespace \(network.namespace) is joined by more than it has addresses for")
        }
        return address
    }

    private static func freeSubnet(_ name: String, _ routes: HostRoutes, besides taken: [Subnet]) throws -> Subnet {
        guard let subnet = Subnet.free(routes, besides: taken, seed: StableHash(name.utf8).value) else {
            throw LaunchError("no addresses are left for networks between 10.210.0.0 and 10.213.255.255")
        }
        return subnet
    }

    private static func routes() throws -> HostRoutes {
        HostRoutes(String(decoding: try readWholeFile(HostRoutes.path, limit: 1 << 20), as: UTF8.self))
    }

    /// That of the interface which the default route leads to, or 1,500 as usual (netdevice(7), MTU).
    private static func packetSize(_ routes: HostRoutes) -> Int {
        let text = routes.defaultInterface.flatMap { try? readWholeFile("/sys/class/net/\($0)/mtu", limit: 16) } ?? []
        let size = Int(String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)) ?? 1_500
        return min(max(size, 576), 65_535)
    }

    /// The host's end of the network with that namespace, and the table of its rules.
    private static func interface(_ name: String) -> String {
        NetworkCommands.interfacePrefix + StableHash(name.utf8).digits
    }

    /// Removes a namespace, and what the host has for it.
    static func remove(_ name: String) {
        _ = try? ProgramRun.run(["ip", "netns", "delete", name])
        _ = try? ProgramRun.run(["nft", "delete", "table", "ip", interface(name)])
        guard let listed = try? ProgramRun.run(NetworkCommands.listUserRules), listed.succeeded else { return }
        let removal = NetworkCommands.userRulesRemoval(interface: interface(name), listed: listed.output)
        if !removal.isEmpty { _ = try? ProgramRun.run(["nft", "-f", "-"], input: removal) }
    }
}
