/// The model as Compose's JSON has it: a few keys are there even when they say nothing.
enum JSONModel {
    static func model(_ model: ComposeValue) -> ComposeValue {
        guard case .map(var map) = model else { return model }
        if case .map(let services) = map["services"] {
            map["services"] = .map(services.mapValues { _, value in service(value) })
        }
        if case .map(let networks) = map["networks"] {
            map["networks"] = .map(networks.mapValues { _, value in adding(["ipam": .map([:])], to: value) })
        }
        return .map(map)
    }

    private static func service(_ value: ComposeValue) -> ComposeValue {
        guard case .map(var map) = adding(["command": .null, "entrypoint": .null], to: value) else { return value }
        if let deploy = map["deploy"] {
            map["deploy"] = adding(["resources": .map([:]), "placement": .map([:])], to: deploy)
        }
        return .map(map)
    }

    private static func adding(_ defaults: ComposeMap, to value: ComposeValue) -> ComposeValue {
        guard case .map(var map) = value else { return value }
        for (key, value) in defaults where map[key] == nil { map[key] = value }
        return .map(map)
    }
}
