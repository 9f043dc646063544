/// A whole stack: the services of one project and what holds for all of them.
public struct Stack: Hashable, Sendable, Codable {
    /// The project's name.
    public var name: String
    /// The project's folder, absolute.
    public var directory: String
    /// The services, by name; those switched off by a profile are not among them.
    public var services: [String: Service]
    /// Restarts that may be in progress at a time over the whole stack; at least 1.
    public var restartConcurrency: Int
    /// Where the status API listens (`127.0.0.1:10099`); nil for the unix socket alone.
    public var statusAddress: String?
    /// How much the journal keeps.
    public var journal: JournalLimits
    /// The flags that applications ask for, in the order of the file.
    public var flags: [Flag]
    /// The networks from which nobody calls out (`internal`), by their names on the machine.
    public var internalNetworks: Set<String>
    /// Whether services have networks of their own where this machine and user allow it.
    public var isolatesNetworks: Bool
    /// What it has in a container engine; nil where its instances are plain processes.
    public var containers: ContainerProject?
    /// Who is told of what fails; nil is nobody.
    public var alerts: AlertPolicy?

    /// A stack of `services`.
    public init(
        name: String, directory: String, services: [Service], restartConcurrency: Int = 4,
        statusAddress: String? = "127.0.0.1:10099", journal: JournalLimits = JournalLimits(),
        flags: [Flag] = [], internalNetworks: Set<String> = [], isolatesNetworks: Bool = true,
        containers: ContainerProject? = nil, alerts: AlertPolicy? = nil
    ) {
        self.name = name
        self.directory = directory
        self.services = Dictionary(services.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
        self.restartConcurrency = restartConcurrency
        self.statusAddress = statusAddress
        self.journal = journal
        self.flags = flags
        self.internalNetworks = internalNetworks
        self.isolatesNetworks = isolatesNetworks
        self.containers = containers
        self.alerts = alerts
    }

    /// Reads a stack; one that an earlier version kept says nothing of the journal, flags, networks or
    /// alerts.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        directory = try container.decode(String.self, forKey: .directory)
        services = try container.decode([String: Service].self, forKey: .services)
        restartConcurrency = try container.decode(Int.self, forKey: .restartConcurrency)
        statusAddress = try container.decodeIfPresent(String.self, forKey: .statusAddress)
        journal = try container.decodeIfPresent(JournalLimits.self, forKey: .journal) ?? JournalLimits()
        flags = try container.decodeIfPresent([Flag].self, forKey: .flags) ?? []
        internalNetworks = try container.decodeIfPresent(Set<String>.self, forKey: .internalNetworks) ?? []
        isolatesNetworks = try container.decodeIfPresent(Bool.self, forKey: .isolatesNetworks) ?? true
        containers = try container.decodeIfPresent(ContainerProject.self, forKey: .containers)
        alerts = try container.decodeIfPresent(AlertPolicy.self, forKey: .alerts)
    }

    /// The names of the services that `service` needs and the stack has, sorted.
    public func dependencies(of service: String) -> [Dependency] {
        (services[service]?.dependencies ?? [])
            .filter { services[$0.service] != nil }
            .sorted { $0.service < $1.service }
    }

    /// The names of the services that need `service` directly, sorted.
    public func dependents(of service: String) -> [String] {
        services.values
            .filter { $0.dependencies.contains { $0.service == service } }
            .map(\.name)
            .sorted()
    }

    /// Whether some service waits for `service` to end with exit code 0.
    public func isOneShot(_ service: String) -> Bool {
        services.values.contains {
            $0.dependencies.contains { $0.service == service && $0.condition == .completedSuccessfully }
        }
    }
}
