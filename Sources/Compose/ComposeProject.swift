/// A Compose project with everything in it resolved, as `docker compose config` shows it.
public struct ComposeProject: Sendable {
    /// The project's name.
    public let name: String
    /// The project directory, absolute.
    public let directory: String
    /// The Compose files it was read from, absolute, in the order they were merged.
    public let files: [String]
    /// The command's environment with the variables of the environment files.
    public let environment: [String: String]
    /// The profiles that are switched on.
    public let activeProfiles: [String]
    /// The canonical model: `name`, `services` (enabled ones only), `networks`, `volumes`, `configs`, `secrets`, `x-…`.
    public let model: ComposeValue
    /// The services that no active profile switches on.
    public let disabledServices: [String: ComposeValue]

    /// Reads, merges, resolves and checks the project that `options` ask for.
    public static func load(_ options: ComposeOptions) throws(ComposeError) -> ComposeProject {
        throw ComposeError(diagnostics: [])
    }

    /// Where the value under `path` was written, such as `["services", "db", "image"]`; list items are named by their
    /// index. Where the file does not have the whole path, the place of as much of it as there is.
    public func position(of path: [String]) -> SourcePosition? {
        nil
    }

    /// The formats of a rendered model.
    public enum Format: Sendable {
        /// YAML, as `docker compose config` prints it.
        case yaml
        /// Indented JSON.
        case json
    }

    /// The model as text, with a line end.
    public func rendered(as format: Format) -> String { "" }
    /// The names of the enabled services, sorted.
    public var serviceNames: [String] { [] }
    /// The images of the enabled services, in the order of the services' names.
    public var images: [String] { [] }
    /// The names of the volumes, sorted.
    public var volumeNames: [String] { [] }
    /// The profiles that the services name, sorted.
    public var profileNames: [String] { [] }
    /// A line `SERVICE HASH` for each enabled service; the hash changes whenever the service's model does.
    public var serviceHashes: [(service: String, hash: String)] { [] }
}
