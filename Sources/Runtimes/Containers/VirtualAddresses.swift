internal import Engines
internal import Platform
internal import Stack

/// Makes the networks of a project, and gives the gateway its addresses in them. For a thread that may wait.
struct VirtualAddresses: Sendable {
    let stack: Stack
    let isLocal: Bool

    /// What came of it.
    struct Result: Sendable {
        var plan: VirtualAddressPlan
        /// Why names lead straight to containers, in a sentence; nil where they do not.
        var obstacle: String?
    }

    /// Makes what the project lacks, and adds the addresses that the gateway is to have.
    func prepare(former: [VirtualAddress], _ session: EngineSession) throws -> Result {
        let belongings = stack.containers ?? ContainerProject()
        for network in belongings.networks { try ProjectResources.prepareNetwork(network, session) }
        let nothing = VirtualAddressPlan(stack, networks: [], former: [])
        guard stack.services.values.contains(where: VirtualAddressPlan.isBehindGateway) else {
            return Result(plan: nothing)
        }
        if let obstacle { return Result(plan: nothing, obstacle: obstacle) }
        let interfaces = HostAddresses(try NetworkTools.run(["ip", "-o", "-4", "addr", "show"]))
        let networks = try belongings.networks.compactMap { network in
            try self.network(network.name, interfaces, former, session)
        }
        let plan = VirtualAddressPlan(stack, networks: networks, former: former)
        try add(plan.addresses, networks, interfaces)
        return Result(plan: plan)
    }

    private var obstacle: String? {
        guard isLocal else { return "the engine is on another machine" }
        guard ProcessFacts.isRoot, ProcessFacts.mayChangeNetworks else {
            return "only root may give the gateway addresses in the engine's networks (CAP_NET_ADMIN)"
        }
        guard let version = try? ProgramRun.run(["ip", "-Version"]), version.succeeded else {
            return "the program ip is missing; install iproute2"
        }
        return nil
    }

    /// A network whose bridge is this machine's; nil for any other.
    private func network(
        _ name: String, _ interfaces: HostAddresses, _ former: [VirtualAddress], _ session: EngineSession
    ) throws -> VirtualAddressPlan.Network? {
        guard let details = try session.network(name) else { return nil }
        for range in details.IPAM?.Config ?? [] {
            guard let subnet = range.Subnet.flatMap({ EngineSubnet($0) }), let gateway = range.Gateway,
                let interface = interfaces.interface(at: gateway.split(separator: "/").first.map(String.init) ?? "")
            else { continue }
            let own = Set(former.map(\.address))
            let hosts = interfaces.addresses(of: interface).filter { !own.contains($0) }
            let taken = details.addresses.union(hosts).union([gateway])
            return VirtualAddressPlan.Network(name: name, subnet: subnet, interface: interface, taken: taken)
        }
        return nil
    }

    private func add(
        _ addresses: [VirtualAddress], _ networks: [VirtualAddressPlan.Network], _ interfaces: HostAddresses
    ) throws {
        let names = Dictionary(networks.map { ($0.name, $0.interface) }, uniquingKeysWith: { first, _ in first })
        let missing = addresses.compactMap { address -> String? in
            guard let interface = names[address.network],
                !interfaces.addresses(of: interface).contains(address.address)
            else { return nil }
            return "addr add \(address.address)/32 dev \(interface)\n"
        }
        try NetworkTools.batch(missing.joined())
    }

    /// Takes addresses away again, of interfaces that are still there.
    static func remove(_ addresses: Set<VirtualAddress>) {
        guard !addresses.isEmpty, let text = try? NetworkTools.run(["ip", "-o", "-4", "addr", "show"]) else { return }
        let interfaces = HostAddresses(text)
        for address in addresses {
            guard let interface = interfaces.interface(at: address.address) else { continue }
            // The bridge may be gone by now, and its addresses with it.
            _ = try? NetworkTools.run(["ip", "addr", "del", "\(address.address)/32", "dev", interface])
        }
    }
}

/// The addresses of this machine, as `ip -o -4 addr show` prints them.
struct HostAddresses {
    private var interfaces: [String: String] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 3, words[2] == "inet", let address = words[3].split(separator: "/").first else {
                continue
            }
            interfaces[String(address)] = String(words[1].prefix { $0 != "@" && $0 != ":" })
        }
    }

    /// The interface that has an address.
    func interface(at address: String) -> String? { interfaces[address] }

    /// The addresses of an interface.
    func addresses(of interface: String) -> Set<String> { Set(interfaces.filter { $0.value == interface }.keys) }
}

extension NetworkDetails {
    /// The addresses of the containers that are attached.
    fileprivate var addresses: Set<String> {
        Set((Containers ?? [:]).values.compactMap { $0.IPv4Address?.split(separator: "/").first.map(String.init) })
    }
}
