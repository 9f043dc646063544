internal import Stack

/// An address in a network of the engine's at which the gateway stands for a service.
public struct VirtualAddress: Hashable, Sendable, Codable {
    /// The service.
    public var service: String
    /// The network, by its name in the engine.
    public var network: String
    /// The service that alone is told of it; nil is any.
    public var client: String?
    /// The address.
    public var address: String
}

/// Which service is found where: in each network that a service is in, the gateway has an address that stands for it.
struct VirtualAddressPlan: Hashable, Sendable {
    /// A network as the engine has it.
    struct Network: Hashable, Sendable {
        var name: String
        var subnet: EngineSubnet
        /// The host's interface that is the network's bridge.
        var interface: String
        /// Addresses that somebody has.
        var taken: Set<String>
    }

    private(set) var addresses: [VirtualAddress] = []
    private let aliases: [String: [String: [String]]]
    private let stack: Stack

    /// The plan for `stack` in `networks`. Addresses of `former` stay with their owners.
    init(_ stack: Stack, networks: [Network], former: [VirtualAddress]) {
        self.stack = stack
        aliases = stack.services.mapValues { service in
            let attachments = service.launch.container?.networks ?? []
            return Dictionary(attachments.map { ($0.network, $0.aliases) }, uniquingKeysWith: +)
        }
        for network in networks.sorted(by: { $0.name < $1.name }) { add(network, former) }
    }

    private mutating func add(_ network: Network, _ former: [VirtualAddress]) {
        let wanted = stack.services.values.sorted { $0.name < $1.name }
            .filter { Self.isBehindGateway($0) && aliases[$0.name]?[network.name] != nil }
            .flatMap { service in
                [VirtualAddress(service: service.name, network: network.name, client: nil, address: "")]
                    + service.traffic.load.clients.sorted().map {
                        VirtualAddress(service: service.name, network: network.name, client: $0, address: "")
                    }
            }
        // What a file gives a container is that one's also before it runs.
        let attachments = stack.services.values.flatMap { $0.launch.container?.networks ?? [] }
        let given = attachments.filter { $0.network == network.name }.compactMap(\.ipv4)
        var taken = network.taken.union(given)
        var open: [VirtualAddress] = []
        for var wish in wanted {
            let known = former.first {
                $0.service == wish.service && $0.network == wish.network && $0.client == wish.client
            }
            if let known, network.subnet.contains(known.address), taken.insert(known.address).inserted {
                wish.address = known.address
                addresses.append(wish)
            } else {
                open.append(wish)
            }
        }
        var free = network.subnet.fromAbove().makeIterator()
        for var wish in open {
            while let address = free.next() {
                guard taken.insert(address).inserted else { continue }
                wish.address = address
                addresses.append(wish)
                break
            }
        }
    }

    /// Whether others find a service through the gateway: it forwards TCP alone, and only ports that it knows.
    static func isBehindGateway(_ service: Service) -> Bool {
        guard service.launch.container?.isBehindGateway == true, service.replicas > 0,
            !ServicePorts.ports(of: service).isEmpty
        else { return false }
        return !service.ports.contains { $0.transport != "tcp" }
    }

    /// The names by which the containers of `client` find others through the gateway, each with its address.
    func hosts(of client: Service) -> [(name: String, address: String)] {
        let own = aliases[client.name] ?? [:]
        var hosts: [(name: String, address: String)] = []
        var seen: Set<String> = [client.name.lowercased()]
        let seenBy = addresses.filter { own[$0.network] != nil && $0.service != client.name }
        // What is for this client alone comes first.
        for address in seenBy.sorted(by: {
            ($0.client == nil ? 1 : 0, $0.service) < ($1.client == nil ? 1 : 0, $1.service)
        }) {
            guard address.client == nil || address.client == client.name, let service = stack.services[address.service]
            else { continue }
            let links = client.names.links.filter { $0.service == service.name }.map(\.alias)
            let names =
                [service.name] + [service.launch.container?.name].compactMap { $0 }
                + (aliases[service.name]?[address.network] ?? []) + links
            for name in names where seen.insert(name.lowercased()).inserted { hosts.append((name, address.address)) }
        }
        return hosts
    }
}
