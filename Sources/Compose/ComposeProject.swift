/// A Compose project with everything in it resolved, as `docker compose config` shows it.
public struct ComposeProject: Sendable {
    /// The project's name.
    public let name: String
    /// The project directory, absolute.
    public let directory: String
    /// The Compose files it was read from, absolute, in the order they were merged; `-` is standard input.
    public let files: [String]
    /// The command's environment with the variables of the environment files.
    public let environment: [String: String]
    /// The profiles that are switched on.
    public let activeProfiles: [String]
    /// The canonical model: `name`, `services` (enabled ones only), `networks`, `volumes`, `configs`, `secrets`, `x-…`.
    public let model: ComposeValue
    /// The services that no active profile switches on.
    public let disabledServices: [String: ComposeValue]
    /// What is no error, but may not be meant: variables without a value, obsolete keys.
    public let warnings: [Diagnostic]

    /// The model with the places where its values were written, the disabled services among the others.
    let root: Node

    /// Reads, merges, resolves and checks the project that `options` ask for.
    public static func load(_ options: ComposeOptions) throws(ComposeError) -> ComposeProject {
        let discovery = try Discovery(options)
        var loader = Loader(home: options.environment["HOME"])
        let name = try ProjectName.find(options, discovery, loader: &loader)
        var environment = discovery.environment
        environment["COMPOSE_PROJECT_NAME"] = name
        let merged = try loader.model(
            discovery.files, Loader.Scope(directory: discovery.directory, environment: environment))
        let root = try ModelEncoding.encode(
            Normalisation(projectName: name, environment: environment).apply(to: merged))
        return try ComposeProject(
            name: name, discovery: discovery, environment: environment, root: root,
            profiles: Profiles.active(options, environment), warnings: loader.warnings)
    }

    private init(
        name: String, discovery: Discovery, environment: [String: String], root: Node, profiles: [String],
        warnings: [Diagnostic]
    ) throws(ComposeError) {
        var map = root.map ?? [:]
        let section = map["services"] ?? root.derived(.map([:]))
        let all = section.map ?? [:]
        let disabled = all.filtered { _, service in !Profiles.isEnabled(service, profiles) }
        let enabled = all.filtered { _, service in Profiles.isEnabled(service, profiles) }
        map["services"] = section.with(.map(enabled))
        try Consistency.check(root.with(.map(map)), disabled: disabled)
        let resolved = try ServiceFiles(environment: environment).resolve(enabled)
        map["services"] = section.with(.map(resolved))
        self.name = name
        directory = discovery.directory
        files = discovery.files
        self.environment = environment
        activeProfiles = profiles
        model = root.with(.map(map)).value
        disabledServices = Dictionary(uniqueKeysWithValues: disabled.map { ($0, $1.value) })
        self.warnings = warnings
        map["services"] = section.with(.map(all.mapValues { name, service in resolved[name] ?? service }))
        self.root = root.with(.map(map))
    }

    /// Where the value under `path` was written, such as `["services", "db", "image"]`; list items are named by their
    /// index. Where the files do not have the whole path, the place of as much of it as there is.
    public func position(of path: [String]) -> SourcePosition? {
        var node = root
        var place: Mark?
        for part in path {
            let next: Node? =
                if let list = node.list {
                    Int(part).flatMap { list.indices.contains($0) ? list[$0] : nil }
                } else {
                    node[part]
                }
            guard let next else { break }
            node = next
            place = next.place
        }
        return place?.position
    }
}
