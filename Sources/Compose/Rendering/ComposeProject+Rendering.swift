extension ComposeProject {
    /// The formats of a rendered model.
    public enum Format: Sendable {
        /// YAML as `docker compose config` prints it: a Compose file again, in which a dollar sign is `$$`.
        case yaml
        /// Indented JSON with the values as they are.
        case json
    }

    /// The model as text, with a line end. Secrets show where their content comes from, never the content,
    /// and those of alert channels a mask.
    public func rendered(as format: Format) -> String {
        let shown = AlertSecrets.masked(model)
        return switch format {
        case .yaml: YAMLRendering.text(Self.dollarsDoubled(shown))
        case .json: JSONRendering().text(JSONModel.model(shown)) + "\n"
        }
    }

    private static func dollarsDoubled(_ value: ComposeValue) -> ComposeValue {
        switch value {
        case .string(let text):
            text.utf8.contains(UInt8(ascii: "$"))
                ? .string(text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$")) : value
        case .list(let items): .list(items.map(dollarsDoubled))
        case .map(let map): .map(map.mapValues { _, value in dollarsDoubled(value) })
        case .null, .bool, .integer, .double: value
        }
    }

    private var services: ComposeMap {
        if case .map(let services) = model["services"] { services } else { [:] }
    }

    /// The names of the enabled services, sorted.
    public var serviceNames: [String] { services.keys }

    /// The images of the enabled services, in the order of the services' names; one that is built and not named is
    /// called after project and service. Services without either have none.
    public var images: [String] { services.keys.compactMap(image(ofService:)) }

    /// The image of one enabled service; nil where it has none, or there is no such service.
    func image(ofService service: String) -> String? {
        guard let value = services[service] else { return nil }
        if case .string(let image) = value["image"] { return image }
        return value["build"] == nil ? nil : "\(name)-\(service)"
    }

    /// The names of the volumes, sorted.
    public var volumeNames: [String] {
        if case .map(let volumes) = model["volumes"] { volumes.keys } else { [] }
    }

    /// The profiles that any service names, sorted.
    public var profileNames: [String] {
        var names = Set<String>()
        for service in services.values + disabledServices.values {
            guard case .list(let profiles) = service["profiles"] else { continue }
            for case .string(let profile) in profiles { names.insert(profile) }
        }
        return names.sorted()
    }

    /// The variables that files are filled in with, as sorted `NAME=value` lines.
    public var environmentLines: [String] {
        environment.map { "\($0.key)=\($0.value)" }.sorted()
    }

    /// The enabled services, sorted, each with its `hash(ofService:)`.
    public var serviceHashes: [(service: String, hash: String)] {
        services.keys.compactMap { name in hash(ofService: name).map { (name, $0) } }
    }

    /// A SHA-256 in hexadecimal that changes whenever an instance of the service would have to be replaced: what only
    /// decides how many there are, when they start, how the image is made or how clients are treated is left out. Nil
    /// where no such service is enabled.
    public func hash(ofService service: String) -> String? {
        guard case .map(var map) = services[service] else { return nil }
        for key in ["build", "pull_policy", "scale", "depends_on", "profiles"] { map[key] = nil }
        if case .map(var deploy) = map["deploy"] {
            deploy["replicas"] = nil
            map["deploy"] = .map(deploy)
        }
        let running = map["x-hale"]?.map?.filtered { key, _ in ["run", "notify", "watchdog"].contains(key) }
        map = map.filtered { key, _ in !key.hasPrefix("x-") }
        map["x-hale"] = running.flatMap(ComposeValue.unlessEmpty)
        return SHA256.hexadecimal(Array(JSONRendering(isIndented: false).text(.map(map)).utf8))
    }
}
