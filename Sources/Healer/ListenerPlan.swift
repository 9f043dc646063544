internal import Healing
internal import Runtimes
internal import Stack
internal import Wire

/// Which sockets must listen for a stack's clients, and which service port each leads to.
struct ListenerPlan: Equatable {
    /// One listening socket for one port of one service.
    struct Listener: Equatable {
        var request: ListenRequest
        var service: String
        var target: UInt16
        /// The published port it stands for, with the address as the file gave it; nil between services.
        var published: PublishedPort?
        /// The service that alone is told of it; nil is any.
        var client: String?
    }

    private(set) var listeners: [Listener] = []
    /// Whether ports that nobody listens on here are published by a container engine.
    private(set) var leavesPortsToEngine = false
    /// Places in `listeners`, by service.
    private var places: [String: [Int]] = [:]

    /// The plan for `stack`: every published TCP port, and every service port at the service's own address; on the host, and
    /// in each network namespace from which the service is seen. Containers find each other in networks of the
    /// engine's, at the addresses `virtual`; `published` are services whose ports the engine itself has published.
    init(
        stack: Stack, addresses: inout AddressBook, hostAddresses: [String],
        publishedByEngine published: Set<String> = [], virtual: [VirtualAddress] = []
    ) {
        let services = stack.services.values.sorted { $0.name < $1.name }
        guard stack.containers == nil else {
            leavesPortsToEngine = true
            for service in services where !published.contains(service.name) { add(portsOf: service) }
            for address in virtual { add(address, stack) }
            return
        }
        let taken = Set(services.flatMap(ServicePorts.ports(of:)))
        var keys: Set<String> = []
        let spaces = Self.spaces(of: stack)
        for service in services {
            let own = stack.networks(of: service)
            let views = spaces.filter { !$0.networks.isDisjoint(with: own) }.map(\.path)
            for port in service.ports where port.transport == "tcp" {
                for address in Self.addresses(for: port, taken: taken, hostAddresses: hostAddresses) {
                    add(service, port.target, address: address, port: port.published ?? 0, published: port, &keys)
                }
                guard let number = port.published, Self.isLocal(port.address) else { continue }
                for view in views {
                    add(service, port.target, address: "127.0.0.1", port: number, published: port, in: view, &keys)
                }
            }
            let address = addresses.address(ofService: service.name)
            for port in ServicePorts.ports(of: service) {
                for view in [nil] + views {
                    add(service, port, address: address, port: port, published: nil, in: view, &keys)
                }
                for client in service.traffic.load.clients {
                    let address = addresses.address(of: service, for: client)
                    let view = stack.services[client]?.launch.network
                    for view in view == nil ? [nil] : [nil, view] {
                        add(
                            service, port, address: address, port: port, published: nil, client: client, in: view,
                            &keys)
                    }
                }
            }
        }
    }

    private mutating func add(_ virtual: VirtualAddress, _ stack: Stack) {
        guard let service = stack.services[virtual.service] else { return }
        var keys: Set<String> = []
        for port in ServicePorts.ports(of: service) {
            add(
                service, port, address: virtual.address, port: port, published: nil, client: virtual.client, &keys)
        }
    }

    private mutating func add(portsOf service: Service) {
        var keys: Set<String> = []
        for port in service.ports where port.transport == "tcp" {
            for address in Self.addresses(for: port, taken: [], hostAddresses: []) {
                add(service, port.target, address: address, port: port.published ?? 0, published: port, &keys)
            }
        }
    }

    /// The network namespaces of a stack, sorted, with the networks of those that live there.
    private static func spaces(of stack: Stack) -> [(path: String, networks: Set<String>)] {
        var spaces: [String: Set<String>] = [:]
        for service in stack.services.values {
            if let path = service.launch.network { spaces[path] = stack.networks(of: service) }
        }
        return spaces.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Whether a program on this machine finds a port that is published at `address` on the loopback.
    private static func isLocal(_ address: String?) -> Bool {
        guard let address, !address.isEmpty else { return true }
        return ["0.0.0.0", "127.0.0.1", "localhost"].contains(address)
    }

    private mutating func add(
        _ service: Service, _ target: UInt16, address: String, port: UInt16, published: PublishedPort?,
        client: String? = nil, in network: String? = nil, _ keys: inout Set<String>
    ) {
        let place = network.map { " in \($0)" } ?? ""
        let key = "\(service.name):\(target) at \(address) port \(port)\(place)"
        guard keys.insert(key).inserted else { return }
        places[service.name, default: []].append(listeners.count)
        listeners.append(
            Listener(
                request: ListenRequest(key: key, address: address, port: port, owner: .gateway, network: network),
                service: service.name, target: target, published: published, client: client))
    }

    /// The numeric addresses to listen on. Linux refuses a wildcard socket beside an instance that listens on the same
    /// port of its own loopback address, so there every address of the host is listened on by itself.
    private static func addresses(for port: PublishedPort, taken: Set<UInt16>, hostAddresses: [String]) -> [String] {
        let wildcards: [String?] = [nil, "", "0.0.0.0"]
        guard wildcards.contains(port.address) else { return [port.address ?? "0.0.0.0"] }
        let everywhere =
            port.published.map { taken.contains($0) } == true
            ? ["127.0.0.1"] + hostAddresses.filter { !$0.hasPrefix("127.") && !$0.contains(":") } : ["0.0.0.0"]
        return port.address == "0.0.0.0" ? everywhere : everywhere + ["::"]
    }

    /// The sockets of one service.
    func listeners(of service: String) -> [Listener] {
        (places[service] ?? []).map { listeners[$0] }
    }

    /// What is known of instances at the moment.
    struct Surroundings {
        /// Where the engine wants the connections of a service to go.
        var routing: (String) -> Routing
        /// Which start of an instance it is.
        var run: (InstanceID) -> Int
        /// Where an instance accepts connections; empty where that is not known.
        var address: (InstanceID) -> String
        /// The network namespace that it does so in; nil is the host's.
        var network: (InstanceID) -> String?
    }

    /// What the gateway is to do.
    func configuration(stack: Stack, _ surroundings: Surroundings) -> GatewayConfiguration {
        GatewayConfiguration(
            routes: places.keys.sorted().flatMap { routes(of: $0, stack: stack, surroundings) })
    }

    /// The routes of one service: one for each of its ports.
    func routes(of service: String, stack: Stack, _ surroundings: Surroundings) -> [GatewayConfiguration.Route] {
        let own = listeners(of: service)
        guard !own.isEmpty else { return [] }
        let routing = surroundings.routing(service)
        var routes: [GatewayConfiguration.Route] = []
        for listener in own {
            if let index = routes.firstIndex(where: { $0.target == listener.target }) {
                routes[index].listeners.append(listener.request.key)
                continue
            }
            var route = GatewayConfiguration.Route(
                service: service, target: listener.target, listeners: [listener.request.key],
                state: Self.state(
                    routing, port: listener.target, surroundings,
                    serverName: stack.services[service]?.traffic.upstreamTLS?.serverName), hold: .zero)
            if let service = stack.services[service] {
                route.hold = service.hold
                route.application = service.applicationProtocol(of: listener.target)
                route.traffic = service.traffic
                // Between services nobody stands who could say so.
                if service.traffic.proxyProtocol.accepts {
                    route.introduced = own.filter { $0.target == listener.target && $0.published != nil }
                        .map(\.request.key)
                }
            }
            route.encrypted = Self.encrypted(own, route)
            if route.encrypted.isEmpty { route.traffic.tls = nil }
            for listener in own where listener.target == route.target {
                route.clients[listener.request.key] = listener.client
            }
            routes.append(route)
        }
        return routes
    }

    /// The sockets of a route whose clients speak TLS. What services send each other does not leave the host.
    private static func encrypted(_ own: [Listener], _ route: GatewayConfiguration.Route) -> [String] {
        guard let tls = route.traffic.tls else { return [] }
        return own.filter { listener in
            guard let published = listener.published, listener.target == route.target else { return false }
            return tls.covers(published: published.published)
        }.map(\.request.key)
    }

    private static func state(
        _ routing: Routing, port: UInt16, _ surroundings: Surroundings, serverName: String?
    ) -> GatewayConfiguration.State {
        switch routing {
        case .held: return .held
        case .refused: return .refused
        case .open(let instances):
            let backends = instances.compactMap { instance -> GatewayConfiguration.Backend? in
                let address = surroundings.address(instance)
                guard !address.isEmpty else { return nil }
                return GatewayConfiguration.Backend(
                    address: address, port: port, run: surroundings.run(instance), instance: instance,
                    serverName: serverName, network: surroundings.network(instance))
            }
            return .open(backends)
        }
    }
}
