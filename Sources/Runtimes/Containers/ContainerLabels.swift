internal import Stack

/// The labels by which Compose and Hale know what a container is.
enum ContainerLabels {
    static let project = "com.docker.compose.project"
    static let service = "com.docker.compose.service"
    static let number = "com.docker.compose.container-number"
    static let oneOff = "com.docker.compose.oneoff"
    static let hash = "com.docker.compose.config-hash"
    static let directory = "com.docker.compose.project.working_dir"
    static let files = "com.docker.compose.project.config_files"
    static let dependencies = "com.docker.compose.depends_on"
    static let version = "com.docker.compose.version"
    static let image = "com.docker.compose.image"
    /// Changes with what a container was made from; only what Hale made has it.
    static let specification = "hale.specification"
    /// What the engine was to do when the container ends, had Hale not the say; only what Hale made has it.
    static let restart = "hale.restart"

    /// The version of Compose whose ways these are.
    static let composeVersion = "2.0.0-hale"

    /// Which instance of the project a container is, by its labels; nil for a task of `docker compose run`.
    static func instance(_ labels: [String: String]) -> InstanceID? {
        guard let service = labels[service], !service.isEmpty, labels[oneOff]?.lowercased() != "true",
            let number = labels[number].flatMap({ Int($0) }), number > 0
        else { return nil }
        return InstanceID(service, number)
    }
}

extension EngineRestartPolicy {
    /// As the label has it: `on-failure:3`.
    var text: String { retries > 0 ? "\(name):\(retries)" : name }

    /// Reads that.
    init(text: String) {
        let parts = text.split(separator: ":", maxSplits: 1)
        self.init(
            name: parts.first.map(String.init) ?? "no", retries: parts.count == 2 ? max(0, Int(parts[1]) ?? 0) : 0)
    }
}
