/// Which network namespaces (network_namespaces(7)) the services of a stack live in: one for each network, and one for
/// each choice of several. Who shares no network shares no namespace, so nothing leads from one to the other.
public struct NetworkPlan: Hashable, Sendable {
    /// One namespace.
    public struct Namespace: Hashable, Sendable {
        /// The networks whose services live here, by their names on the machine, sorted; none where it is for one service
        /// without any.
        public var networks: [String]
        /// Whether what lives here may call out.
        public var callsOut: Bool
        /// Its name on the machine, as `ip netns` lists it.
        public var name: String
        /// Where it is found.
        public var path: String { NetworkPlan.folder + "/" + name }
    }

    /// Where network namespaces have their names (ip-netns(8)).
    public static let folder = "/run/netns"

    /// All of them, those of a single network first.
    public private(set) var namespaces: [Namespace] = []
    /// Places in `namespaces`, by service; the host's network has none.
    private var places: [String: Int] = [:]
    private let prefix: NamePrefix

    /// The plan for `stack`. `identity` tells the project from every other one on the machine.
    public init(_ stack: Stack, identity: String) {
        prefix = NamePrefix(project: stack.name, identity: identity)
        let homes = stack.services.mapValues { stack.home(of: $0) }
        // A network that only services of several are in is one all the same.
        let networks = homes.values.flatMap { $0 == .outside ? [] : $0.networks }
        let singles = Set(networks).map { Home.networks([$0]) }
        let all = Set(homes.values).union(singles).subtracting([.outside]).sorted { $0.order < $1.order }
        for home in all { namespaces.append(namespace(for: home, in: stack)) }
        let indices = Dictionary(uniqueKeysWithValues: zip(all, all.indices))
        places = homes.compactMapValues { indices[$0] }
    }

    /// The namespace that instances of `service` live in; nil is the host's network.
    public func namespace(of service: String) -> Namespace? {
        places[service].map { namespaces[$0] }
    }

    /// Whether the namespace of that name was made for this project, be it by an earlier plan.
    public func owns(_ name: String) -> Bool { prefix.fits(name) }

    private func namespace(for home: Home, in stack: Stack) -> Namespace {
        Namespace(networks: home.networks, callsOut: home.callsOut(stack), name: prefix.name(home))
    }
}

extension Stack {
    /// The same stack, with every service in its namespace of `plan`, or all of them in the host's network. `gateways` says
    /// where the host is found from a namespace, by path; from one that it does not name the host is out of reach.
    public func placed(by plan: NetworkPlan?, gateways: [String: String] = [:]) -> Stack {
        var stack = self
        for name in services.keys {
            let network = plan?.namespace(of: name)?.path
            stack.services[name]?.launch.network = network
            let host = network.map { gateways[$0] } ?? "127.0.0.1"
            stack.services[name]?.naming?.extraHosts = (services[name]?.names.extraHosts ?? []).compactMap { extra in
                guard extra.address == ServiceNames.ExtraHost.hostGateway else { return extra }
                return host.map { ServiceNames.ExtraHost(extra.name, at: $0) }
            }
        }
        return stack
    }

    /// Whether a service asks for the machine that it runs on.
    public var namesHostGateway: Bool {
        services.values.contains { service in
            service.names.extraHosts.contains { $0.address == ServiceNames.ExtraHost.hostGateway }
        }
    }

    /// The networks of a service that has joined another's are that one's.
    fileprivate func home(of service: Service) -> Home {
        var owner = service
        // As many times as there are services at the most: they may have joined each other.
        for _ in 0...services.count {
            guard let joined = owner.names.networksOf else { break }
            guard let next = services[joined] else { return .alone(owner.name) }
            owner = next
        }
        let names = owner.names
        switch names.mode {
        case .host: return .outside
        case .alone: return .alone(owner.name)
        case .bridge: return .bridge
        case nil: return names.networks.isEmpty ? .alone(owner.name) : .networks(names.networks.keys.sorted())
        }
    }
}

/// Where a service lives.
private enum Home: Hashable {
    /// In the host's network.
    case outside
    /// With all that are in the same networks.
    case networks([String])
    /// With all that are in no network of the stack and may call out.
    case bridge
    /// By itself: the service of that name and those that have joined it.
    case alone(String)

    var networks: [String] {
        switch self {
        case .networks(let names): names
        case .outside, .bridge, .alone: []
        }
    }

    func callsOut(_ stack: Stack) -> Bool {
        switch self {
        case .networks(let names): names.contains { !stack.internalNetworks.contains($0) }
        case .bridge: true
        case .outside, .alone: false
        }
    }

    /// Those of one network come first, as others are joined to them.
    var order: (Int, String) {
        switch self {
        case .outside: (0, "")
        case .networks(let names): (names.count, names.joined(separator: "\n"))
        case .bridge: (Int.max - 1, "")
        case .alone(let service): (Int.max, service)
        }
    }

    /// What tells it from every other of the project.
    var text: String {
        switch self {
        case .outside: "outside"
        case .networks(let names): "networks " + names.joined(separator: "\n")
        case .bridge: "bridge"
        case .alone(let service): "alone " + service
        }
    }

    /// What a person knows it by.
    var words: String {
        switch self {
        case .outside: "host"
        case .networks(let names): names.joined(separator: "+")
        case .bridge: "bridge"
        case .alone(let service): service
        }
    }
}

/// Names of namespaces: `hale-shop-backend-1f3a9c07-5b2e7d41`. The hashes keep projects of one name, and networks whose
/// names had to be cut short, apart.
private struct NamePrefix: Hashable {
    private static let mostWords = 60

    let project: String
    let identity: String

    init(project: String, identity: String) {
        self.project = project
        self.identity = StableHash(identity.utf8).digits
    }

    func name(_ home: Home) -> String {
        "\(start)\(Self.plain(home.words))-\(identity)-\(StableHash(home.text.utf8).digits)"
    }

    func fits(_ name: String) -> Bool {
        guard name.hasPrefix(start) else { return false }
        let parts = name.split(separator: "-")
        return parts.count >= 4 && parts[parts.count - 2] == Substring(identity)
    }

    private var start: String { "hale-\(Self.plain(project))-" }

    private static func plain(_ text: String) -> String {
        let allowed = text.unicodeScalars.prefix(mostWords).map { scalar -> Character in
            let isAllowed = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isAllowed || ["_", ".", "+", "-"].contains(scalar) ? Character(scalar) : "_"
        }
        return String(allowed)
    }
}
