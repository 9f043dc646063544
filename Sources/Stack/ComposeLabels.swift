/// The labels by which Compose, and every tool that knows it, finds what belongs to a project in a container engine.
///
/// - Source: `pkg/api/labels.go` of docker/compose.
public enum ComposeLabels {
    /// What all of them begin with.
    public static let prefix = "com.docker.compose."
    /// The project's name.
    public static let project = prefix + "project"
    /// The service's name.
    public static let service = prefix + "service"
    /// Which of a service's containers it is, from 1.
    public static let number = prefix + "container-number"
    /// `True` for a task that is no instance.
    public static let oneOff = prefix + "oneoff"
    /// Changes whenever a container has to be replaced.
    public static let hash = prefix + "config-hash"
    /// The project's folder.
    public static let directory = prefix + "project.working_dir"
    /// The project's files, with commas between.
    public static let files = prefix + "project.config_files"
    /// `SERVICE:CONDITION:RESTART` of what the service needs, with commas between.
    public static let dependencies = prefix + "depends_on"
    /// Whose ways these are.
    public static let version = prefix + "version"
    /// The image by its digest.
    public static let image = prefix + "image"

    /// The version of Compose whose ways these are.
    public static let composeVersion = "2.0.0-hale"

    /// The label of a project, as engines limit lists to it.
    public static func of(project name: String) -> String { "\(project)=\(name)" }

    /// Which instance of its project a container is, by its labels; nil for a task of `docker compose run`.
    public static func instance(_ labels: [String: String]) -> InstanceID? {
        guard let service = labels[service], !service.isEmpty, labels[oneOff]?.lowercased() != "true",
            let number = labels[number].flatMap({ Int($0) }), number > 0
        else { return nil }
        return InstanceID(service, number)
    }
}
