/// What makes the networks, in the words of ip-batch(8) and nft(8).
enum NetworkCommands {
    /// The bridge of a network in its namespace.
    static let bridge = "bridge"

    /// What the host's ends of all networks begin with.
    static let interfacePrefix = "hale"

    /// One network and the addresses in it.
    struct Network {
        /// The name of its namespace.
        var namespace: String
        /// The end on the host of its way out, at most 15 characters (netdevice(7)); nil where it has none.
        var interface: String?
        /// The addresses in it.
        var subnet: Subnet

        /// Where the host is found.
        var hostAddress: String { subnet.address(1) }
    }

    /// To be run on the host, with the namespace made. `packetSize` is the largest of the host's own way out.
    static func hostSide(_ network: Network, packetSize: Int) -> String {
        guard let interface = network.interface else { return "" }
        return """
            link add \(interface) mtu \(packetSize) type veth peer name uplink netns \(network.namespace)
            addr add \(network.hostAddress)/24 dev \(interface)
            link set \(interface) up

            """
    }

    /// To be run in the namespace of a network.
    static func networkSide(_ network: Network, packetSize: Int) -> String {
        let beginning = """
            link add \(bridge) type bridge
            link set \(bridge) up
            addr add \(network.subnet.address(2))/24 dev \(bridge)

            """
        guard network.interface != nil else { return beginning }
        return beginning + """
            link set uplink mtu \(packetSize) master \(bridge) up
            route add default via \(network.hostAddress)

            """
    }

    /// How the namespace of several networks joins one of them.
    struct Joining {
        /// The namespace that joins.
        var namespace: String
        /// The network.
        var network: Network
        /// Its end in the namespace.
        var interface: String
        /// The last byte of its address there.
        var address: UInt8
        /// Whether it calls out by this network.
        var isWayOut: Bool

        /// The other end, at the network's bridge.
        var port: String { "port\(address)" }
    }

    /// The last byte of an address that nobody who has joined has; nil where there is none. `ports` is what `ip -o link show`
    /// prints of the bridge's ports, which are named after the addresses.
    static func freeAddress(ports: String) -> UInt8? {
        let names = ports.split(separator: "\n").compactMap { line in
            line.split(separator: " ").dropFirst().first?.prefix { $0 != "@" && $0 != ":" }
        }
        let taken = Set(names)
        return (3...254).first { !taken.contains("port\($0)") }
    }

    /// To be run on the host, with both namespaces made.
    static func hostSide(_ joining: Joining) -> String {
        "link add \(joining.port) netns \(joining.network.namespace) type veth "
            + "peer name \(joining.interface) netns \(joining.namespace)\n"
    }

    /// To be run in the network's namespace.
    static func networkSide(_ joining: Joining) -> String {
        "link set \(joining.port) master \(bridge) up\n"
    }

    /// To be run in the namespace that joins.
    static func joiningSide(_ joining: Joining) -> String {
        let address = joining.network.subnet.address(joining.address)
        let beginning = """
            link set \(joining.interface) up
            addr add \(address)/24 dev \(joining.interface)

            """
        return joining.isWayOut ? beginning + "route add default via \(joining.network.hostAddress)\n" : beginning
    }

    /// Rules of the host under `table`: who lives in a network calls out under the host's address, nobody calls in, and
    /// nothing passes from one network to another.
    static func rules(_ network: Network, table: String) -> String {
        guard let interface = network.interface else { return "" }
        return """
            table ip \(table)
            delete table ip \(table)
            table ip \(table) {
              chain outbound {
                type nat hook postrouting priority srcnat; policy accept;
                ip saddr \(network.subnet.text) oifname != "\(interface)" masquerade
              }
              chain isolation {
                type filter hook forward priority filter; policy accept;
                iifname "\(interface)" oifname "\(interfacePrefix)*" drop
                oifname "\(interface)" ct state established,related accept
                oifname "\(interface)" drop
              }
            }

            """
    }

    /// How others treat what the host forwards.
    enum Forwarding: Hashable {
        /// It passes.
        case passes
        /// What no rule lets pass is dropped, but a container engine has a chain in which rules may say so (Docker, "packet
        /// filtering and firewalls").
        case passesByRule
        /// It is dropped: nothing from within would come out.
        case dropped
    }

    /// What the rules of this machine do, by what `nft list chains` prints.
    static func forwarding(chains: String) -> Forwarding {
        let lines = chains.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace) }
        let drops = lines.contains { words in
            words.contains("hook") && words.contains("forward") && words.suffix(2) == ["policy", "drop;"]
        }
        guard drops else { return .passes }
        return lines.contains { $0.starts(with: ["chain", Substring(userChain)]) } ? .passesByRule : .dropped
    }

    private static let userChain = "DOCKER-USER"
    /// Prints the rules of that chain with their numbers.
    static let listUserRules = ["nft", "-a", "list", "chain", "ip", "filter", userChain]

    /// Has what comes from a network and what answers it pass a container engine's rules.
    static func userRules(interface: String) -> String {
        """
        insert rule ip filter \(userChain) iifname "\(interface)" accept
        insert rule ip filter \(userChain) oifname "\(interface)" ct state established,related accept

        """
    }

    /// Takes that back; `listed` is what `listUserRules` printed.
    static func userRulesRemoval(interface: String, listed: String) -> String {
        listed.split(separator: "\n").filter { $0.contains("\"\(interface)\"") }.compactMap { line in
            line.split(separator: " ").last.flatMap { Int($0) }
        }.map { "delete rule ip filter \(userChain) handle \($0)\n" }.joined()
    }
}
