/// How the image of a service is built (`build`).
public struct ImageBuild: Hashable, Sendable, Codable {
    /// The folder that is sent to the engine, absolute; or the URL of a repository or archive that the engine gets itself.
    public var context: String
    /// The recipe, relative to the context; nil is `Dockerfile`.
    public var dockerfile: String?
    /// The recipe itself, in place of a file.
    public var inlineDockerfile: String?
    /// Build arguments.
    public var arguments: [String: String]
    /// The stage to build.
    public var target: String?
    /// The name that the image is given.
    public var image: String
    /// More names for it.
    public var tags: [String]
    /// Labels of the image.
    public var labels: [String: String]
    /// Images whose layers may be used.
    public var cacheFrom: [String]
    /// Whether no layer is taken from an earlier build.
    public var noCache: Bool
    /// Whether base images are pulled anew.
    public var pull: Bool
    /// The network that commands have while it is built; nil is the engine's choice.
    public var network: String?
    /// Bytes of `/dev/shm` while it is built.
    public var sharedMemory: Int64?
    /// More names and addresses for commands, `NAME:ADDRESS`.
    public var extraHosts: [String]
    /// How commands are isolated on Windows.
    public var isolation: String?
    /// The platform that it is built for; nil is the engine's own.
    public var platform: String?
    /// Keys of `build` that only BuildKit can follow, such as `secrets`: the engine's own builder would make another image
    /// than the one that is meant.
    public var beyondEngine: [String]

    /// A build of `context` as `image`, with nothing else said.
    public init(
        context: String, dockerfile: String? = nil, inlineDockerfile: String? = nil, arguments: [String: String] = [:],
        target: String? = nil, image: String, tags: [String] = [], labels: [String: String] = [:],
        cacheFrom: [String] = [], noCache: Bool = false, pull: Bool = false, network: String? = nil,
        sharedMemory: Int64? = nil, extraHosts: [String] = [], isolation: String? = nil, platform: String? = nil,
        beyondEngine: [String] = []
    ) {
        self.context = context
        self.dockerfile = dockerfile
        self.inlineDockerfile = inlineDockerfile
        self.arguments = arguments
        self.target = target
        self.image = image
        self.tags = tags
        self.labels = labels
        self.cacheFrom = cacheFrom
        self.noCache = noCache
        self.pull = pull
        self.network = network
        self.sharedMemory = sharedMemory
        self.extraHosts = extraHosts
        self.isolation = isolation
        self.platform = platform
        self.beyondEngine = beyondEngine
    }
}
