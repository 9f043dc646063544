/// In which networks a service is, what it is called there, and which names it knows besides.
public struct ServiceNames: Hashable, Sendable, Codable {
    /// Another service by a name that only this one uses.
    public struct Link: Hashable, Sendable, Codable {
        /// The other service.
        public var service: String
        /// What it is called here.
        public var alias: String

        /// The service `service` as `alias`.
        public init(_ service: String, as alias: String) {
            self.service = service
            self.alias = alias
        }
    }

    /// A machine that is no service of the stack.
    public struct ExtraHost: Hashable, Sendable, Codable {
        /// Its name.
        public var name: String
        /// In place of an address: the machine that the service runs on, wherever that is found from its network.
        public static let hostGateway = "host-gateway"

        /// Its address, numeric, or `hostGateway`.
        public var address: String

        /// The machine `name` at `address`.
        public init(_ name: String, at address: String) {
            self.name = name
            self.address = address
        }
    }

    /// A `network_mode` that is no network of the stack's.
    public enum Mode: String, Hashable, Sendable, Codable {
        /// The machine's own network.
        case host
        /// None but its own loopback.
        case alone = "none"
        /// One without other services, from which it can call out.
        case bridge
    }

    /// The networks that it is in, by the name they have on the machine, each with its aliases there.
    public var networks: [String: [String]]
    /// The service whose networks it uses as its own; it is not found in them itself.
    public var networksOf: String?
    /// Which network it has instead; nil where it is in `networks`.
    public var mode: Mode?
    /// `container_name`.
    public var container: String?
    /// `hostname`, with `domainname` behind it where there is one: what an instance is called by itself alone.
    public var host: String?
    /// `links`.
    public var links: [Link]
    /// `extra_hosts`.
    public var extraHosts: [ExtraHost]

    /// In the network of that name, with no names but its own, where nothing is said.
    public init(
        networks: [String: [String]] = ["default": []], networksOf: String? = nil, mode: Mode? = nil,
        container: String? = nil, host: String? = nil, links: [Link] = [], extraHosts: [ExtraHost] = []
    ) {
        self.networks = networks
        self.networksOf = networksOf
        self.mode = mode
        self.container = container
        self.host = host
        self.links = links
        self.extraHosts = extraHosts
    }
}

extension Service {
    /// Its names, which an earlier version kept none of.
    public var names: ServiceNames { naming ?? ServiceNames() }

    /// What it is called in those networks, its own name first; nothing where it is in none of them.
    public func names(in networks: Set<String>) -> [String] {
        let names = names
        let shared = names.networks.filter { networks.contains($0.key) }.sorted { $0.key < $1.key }
        guard !shared.isEmpty else { return [] }
        return ([name] + [names.container].compactMap { $0 } + shared.flatMap(\.value)).withoutRepetition
    }

    /// What an instance of it is called by itself.
    public var ownNames: [String] {
        let names = names
        let host = [names.host, names.host.flatMap { $0.split(separator: ".").first.map(String.init) }]
        let aliases = names.networks.sorted { $0.key < $1.key }.flatMap(\.value)
        return ([name] + (host + [names.container]).compactMap { $0 } + aliases).withoutRepetition
    }
}

extension Stack {
    /// The networks in which `service` finds others: its own, or those of the service that it has joined.
    public func networks(of service: Service) -> Set<String> {
        var names = service.names
        // A service that has joined another that has joined a third; as many times as there are services at the most.
        for _ in 0...services.count {
            guard let joined = names.networksOf else { return Set(names.networks.keys) }
            guard let next = services[joined]?.names else { return [] }
            names = next
        }
        return []
    }
}

extension [String] {
    /// Each once, where it stood first. Names are the same whatever the case of their letters.
    fileprivate var withoutRepetition: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0.lowercased()).inserted }
    }
}
