/// What a project has in a container engine besides its containers.
public struct ContainerProject: Hashable, Sendable, Codable {
    /// A network or a named volume.
    public struct Resource: Hashable, Sendable, Codable {
        /// What the Compose file calls it.
        public var key: String
        /// Its name in the engine.
        public var name: String
        /// Whether somebody else makes and removes it.
        public var isExternal: Bool
        /// The body of the call that makes it (`POST /networks/create`, `POST /volumes/create`) but for the name, JSON with its
        /// keys sorted.
        public var configuration: String

        /// One of the project's own unless said.
        public init(key: String, name: String, isExternal: Bool = false, configuration: String = "{}") {
            self.key = key
            self.name = name
            self.isExternal = isExternal
            self.configuration = configuration
        }
    }

    /// Where the engine is (`unix:///run/docker.sock`); nil is where the environment says.
    public var engine: String?
    /// The Compose files, absolute, for the labels.
    public var files: [String]
    /// The networks that services use, by key.
    public var networks: [Resource]
    /// The volumes that services use, by key.
    public var volumes: [Resource]

    /// These.
    public init(
        engine: String? = nil, files: [String] = [], networks: [Resource] = [], volumes: [Resource] = []
    ) {
        self.engine = engine
        self.files = files
        self.networks = networks
        self.volumes = volumes
    }

    /// With the networks and volumes of another part of the project.
    public func adding(_ other: ContainerProject) -> ContainerProject {
        var all = self
        all.networks += other.networks.filter { network in !networks.contains { $0.key == network.key } }
        all.volumes += other.volumes.filter { volume in !volumes.contains { $0.key == volume.key } }
        return all
    }
}
