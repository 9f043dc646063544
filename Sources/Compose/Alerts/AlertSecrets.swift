internal import Stack

/// Hides what is secret in `x-hale.alerts` where the project is shown.
enum AlertSecrets {
    /// What a channel's own fields hold that nobody may see. `url` is one where its path is the password.
    private static let keys: Set<String> = ["password", "routing_key", "api_key", "token", "urls", "headers"]
    private static let withSecretURL: Set<String> = ["webhook", "slack", "discord", "teams", "apprise"]

    static func masked(_ model: ComposeValue) -> ComposeValue {
        change(model, ["x-hale", AlertLowering.key, "channels"]) { channels in
            map(channels) { _, channel in map(channel) { kind, fields in masked(fields, of: kind) } }
        }
    }

    private static func masked(_ fields: ComposeValue, of kind: String) -> ComposeValue {
        map(fields) { key, value in
            if keys.contains(key) || key == "url" && withSecretURL.contains(kind) { return masked(secret: value) }
            return value
        }
    }

    /// Where a secret comes from may be seen.
    private static func masked(secret value: ComposeValue) -> ComposeValue {
        switch value {
        case .map(let inner): inner.keys == ["file"] ? value : map(value) { masked(secret: $1) }
        case .list(let items): .list(items.map { masked(secret: $0) })
        case .null: value
        case .string, .integer, .double, .bool: .string(Secret.mask)
        }
    }

    private static func map(_ value: ComposeValue, _ body: (String, ComposeValue) -> ComposeValue) -> ComposeValue {
        guard case .map(let map) = value else { return value }
        return .map(map.mapValues(body))
    }

    private static func change(
        _ value: ComposeValue, _ path: [String], _ body: (ComposeValue) -> ComposeValue
    ) -> ComposeValue {
        guard let first = path.first else { return body(value) }
        return map(value) { key, inner in key == first ? change(inner, Array(path.dropFirst()), body) : inner }
    }
}
