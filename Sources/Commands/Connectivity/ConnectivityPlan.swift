internal import Control
internal import Stack

/// What is to be tested to know that everybody reaches what it may need: each port from the host, and from inside each service each
/// port of the services that share a network with it.
struct ConnectivityPlan {
    /// One connection, and all who would make it.
    struct Test {
        let service: String
        /// The service's own port.
        let port: UInt16
        let address: String
        let connected: UInt16
        let exchange: EndpointExchange
        var vantages: [Vantage]
    }

    /// What is not tested, and why.
    struct Gap: Hashable {
        let what: String
        let why: String
    }

    private(set) var tests: [Test] = []
    private(set) var gaps: [Gap] = []
    private let stack: Stack
    private let status: StackStatus
    /// Where a service is found whose name is not in a process's own file of hosts.
    private let fallback: (_ service: Service, _ client: String) -> String?
    private var places: [Place: Int] = [:]

    /// What two tests have in common that are the same.
    private struct Place: Hashable {
        let service: String
        let port: UInt16
        let address: String
        let network: String
    }

    /// Plans for a stack as it is. `enter` makes the vantage inside an instance, by its first process.
    init(
        _ stack: Stack, _ status: StackStatus,
        enter: (InstanceID, Int32) throws(Vantage.Obstacle) -> Vantage,
        fallback: @escaping (_ service: Service, _ client: String) -> String?
    ) {
        self.stack = stack
        self.status = status
        self.fallback = fallback
        for service in stack.services.values.sorted(by: { $0.name < $1.name }) { addPublished(service) }
        for service in stack.services.values.sorted(by: { $0.name < $1.name }) { addInside(service, enter) }
    }

    private mutating func addPublished(_ service: Service) {
        for port in status.services[service.name]?.ports ?? [] {
            guard port.transport == "tcp" else {
                gaps.append(
                    Gap(
                        what: "\(service.name): port \(port.published)/\(port.transport)",
                        why: "nothing is known that answers over \(port.transport)"))
                continue
            }
            add(
                Test(
                    service: service.name, port: port.target, address: Self.reachable(port.address),
                    connected: port.published,
                    exchange: EndpointExchange(
                        with: port.target, of: service, at: port.published, published: port.published),
                    vantages: [.host]))
        }
    }

    /// The address of the machine itself where all are listened on.
    private static func reachable(_ address: String) -> String {
        switch address {
        case "0.0.0.0", "": "127.0.0.1"
        case "::": "::1"
        default: address
        }
    }

    private mutating func addInside(_ client: Service, _ enter: (InstanceID, Int32) throws(Vantage.Obstacle) -> Vantage)
    {
        let networks = stack.networks(of: client)
        let others = stack.services.values.filter { $0.name != client.name && !$0.names(in: networks).isEmpty }
        guard others.contains(where: { !$0.innerPorts.isEmpty }) else { return }
        let instances = status.services[client.name]?.instances ?? []
        guard let first = instances.first(where: { $0.pid != nil }), let pid = first.pid,
            let instance = client.instances.first(where: { $0.description == first.name })
        else {
            return gaps.append(Gap(what: "from inside \(client.name)", why: "no instance of it runs"))
        }
        do throws(Vantage.Obstacle) {
            let vantage = try enter(instance, pid)
            for other in others.sorted(by: { $0.name < $1.name }) { add(other, in: networks, from: vantage) }
        } catch {
            gaps.append(Gap(what: "from inside \(client.name)", why: "\(error)"))
        }
    }

    private mutating func add(_ service: Service, in networks: Set<String>, from vantage: Vantage) {
        guard !service.innerPorts.isEmpty else { return }
        let client = vantage.instance?.service ?? ""
        guard let address = vantage.address(of: service.names(in: networks)) ?? fallback(service, client) else {
            return gaps.append(
                Gap(what: "\(service.name) from inside \(client)", why: "no address of it is known there"))
        }
        for port in service.innerPorts {
            add(
                Test(
                    service: service.name, port: port, address: address, connected: port,
                    exchange: EndpointExchange(with: port, of: service, at: port), vantages: [vantage]))
        }
    }

    private mutating func add(_ test: Test) {
        let place = Place(
            service: test.service, port: test.connected, address: test.address,
            network: test.vantages.first?.networkName ?? "")
        guard let present = places[place] else {
            places[place] = tests.count
            return tests.append(test)
        }
        tests[present].vantages += test.vantages
    }
}

extension Service {
    /// The TCP ports at which other services find it.
    fileprivate var innerPorts: [UInt16] {
        Set(ports.filter { $0.transport == "tcp" }.map(\.target) + exposed).sorted()
    }
}
