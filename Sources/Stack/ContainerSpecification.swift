/// How an instance of a service runs in a container engine: what the Compose file says of it, in the engine's words.
///
/// What depends on the instance, on other containers or on the machine is not in `configuration` but beside it, and is added
/// when a container is created.
public struct ContainerSpecification: Hashable, Sendable, Codable {
    /// The image to run.
    public var image: String
    /// When the image is pulled.
    public var pullPolicy: PullPolicy
    /// The platform that the image is to be for (`linux/arm64`); nil is the engine's own.
    public var platform: String?
    /// The image that it was when this was applied, by its digest in the engine; nil where nobody has asked yet.
    public var imageID: String?
    /// The body of `POST /containers/create`, JSON with its keys sorted.
    public var configuration: String
    /// `container_name`; nil lets the name be made of project, service and number.
    public var name: String?
    /// The networks it is attached to, the one that is attached first at the front; none where `network_mode` says otherwise.
    public var networks: [ContainerAttachment]
    /// The other containers that it shares something with.
    public var shares: ContainerShares
    /// Files whose text the project has, written into the container before it starts.
    public var files: [ContainerFile]
    /// What changes whenever a container has to be replaced: a SHA-256 in hexadecimal, Compose's `config-hash`.
    public var hash: String
    /// What the engine would do with a container that ends, had Hale not the say.
    public var restart: EngineRestartPolicy
    /// Whether the names under which others find it lead through the gateway.
    public var isBehindGateway: Bool

    /// A container of `image` with nothing else said.
    public init(
        image: String, pullPolicy: PullPolicy = .missing, platform: String? = nil, imageID: String? = nil,
        configuration: String = "{}", name: String? = nil, networks: [ContainerAttachment] = [],
        shares: ContainerShares = ContainerShares(), files: [ContainerFile] = [], hash: String = "",
        restart: EngineRestartPolicy = EngineRestartPolicy(), isBehindGateway: Bool = true
    ) {
        self.image = image
        self.pullPolicy = pullPolicy
        self.platform = platform
        self.imageID = imageID
        self.configuration = configuration
        self.name = name
        self.networks = networks
        self.shares = shares
        self.files = files
        self.hash = hash
        self.restart = restart
        self.isBehindGateway = isBehindGateway
    }
}

extension ContainerSpecification {
    /// Whether both make the same container. When an image is pulled, who restarts it and which way its name leads is not part of
    /// it; neither is Compose's hash, which changes with more than Hale replaces a container for.
    public static func == (left: Self, right: Self) -> Bool {
        left.image == right.image && left.platform == right.platform && left.imageID == right.imageID
            && left.configuration == right.configuration && left.name == right.name && left.networks == right.networks
            && left.shares == right.shares && left.files == right.files
    }

    /// As ``==(_:_:)`` has it.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(image)
        hasher.combine(imageID)
        hasher.combine(configuration)
    }
}

/// When an image is pulled (`pull_policy`).
public enum PullPolicy: Hashable, Sendable, Codable {
    /// Before every `up`.
    case always
    /// Never; it has to be there.
    case never
    /// Where it is not there; that of a service which is built and names none is never pulled, but built then.
    case missing
    /// It is built instead.
    case build
    /// Where the last pull is longer ago.
    case every(Duration)
}

/// The place of a container in one network.
public struct ContainerAttachment: Hashable, Sendable, Codable {
    /// The network's name in the engine.
    public var network: String
    /// What the container is called there besides its service's name.
    public var aliases: [String]
    /// Its address there; nil lets the engine choose.
    public var ipv4: String?
    /// Its IPv6 address there; nil lets the engine choose.
    public var ipv6: String?
    /// Its link-local addresses there.
    public var linkLocal: [String]
    /// Its MAC address there.
    public var macAddress: String?
    /// What the network's driver is told of it.
    public var driverOptions: [String: String]
    /// Of all its networks, the one with the highest leads to the outside.
    public var gatewayPriority: Int
    /// Containers of somebody else's that it finds by another name there, `CONTAINER:NAME` (`external_links`); the links to
    /// services are in `ServiceNames`.
    public var links: [String]

    /// In that network, with what the engine chooses unless said.
    public init(
        network: String, aliases: [String] = [], ipv4: String? = nil, ipv6: String? = nil, linkLocal: [String] = [],
        macAddress: String? = nil, driverOptions: [String: String] = [:], gatewayPriority: Int = 0, links: [String] = []
    ) {
        self.network = network
        self.aliases = aliases
        self.ipv4 = ipv4
        self.ipv6 = ipv6
        self.linkLocal = linkLocal
        self.macAddress = macAddress
        self.driverOptions = driverOptions
        self.gatewayPriority = gatewayPriority
        self.links = links
    }
}

/// Services whose containers a container shares something with.
public struct ContainerShares: Hashable, Sendable, Codable {
    /// `volumes_from`: another's mounts.
    public struct Mounts: Hashable, Sendable, Codable {
        /// The service, or the container of somebody else's.
        public var source: String
        /// Whether that is the name of a container.
        public var isContainer: Bool
        /// Whether they cannot be written to here.
        public var readOnly: Bool

        /// The mounts of `source`.
        public init(_ source: String, isContainer: Bool = false, readOnly: Bool = false) {
            self.source = source
            self.isContainer = isContainer
            self.readOnly = readOnly
        }
    }

    /// `network_mode: service:NAME`.
    public var network: String?
    /// `pid: service:NAME`.
    public var processes: String?
    /// `ipc: service:NAME`.
    public var memory: String?
    /// `volumes_from`.
    public var mounts: [Mounts]

    /// Nothing but what is said.
    public init(network: String? = nil, processes: String? = nil, memory: String? = nil, mounts: [Mounts] = []) {
        self.network = network
        self.processes = processes
        self.memory = memory
        self.mounts = mounts
    }

    /// The services whose namespaces it lives in, so that it cannot outlive their containers.
    public var namespaces: Set<String> { Set([network, processes, memory].compactMap { $0 }) }
}

/// A file that is written into a container.
public struct ContainerFile: Hashable, Sendable, Codable {
    /// Where it is found there, absolute.
    public var path: String
    /// Its text.
    public var content: String
    /// Permission bits.
    public var mode: UInt32
    /// Whose it is, by number.
    public var user: Int
    /// Of which group it is, by number.
    public var group: Int

    /// A file of root's that all may read, unless said.
    public init(path: String, content: String, mode: UInt32 = 0o444, user: Int = 0, group: Int = 0) {
        self.path = path
        self.content = content
        self.mode = mode
        self.user = user
        self.group = group
    }
}

/// A restart policy in the engine's words.
public struct EngineRestartPolicy: Hashable, Sendable, Codable {
    /// `no`, `always`, `unless-stopped`, `on-failure`.
    public var name: String
    /// How often at the most, with `on-failure`; 0 is without limit.
    public var retries: Int

    /// `no` unless said.
    public init(name: String = "no", retries: Int = 0) {
        self.name = name
        self.retries = retries
    }
}
