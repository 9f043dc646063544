internal import Stack

/// `restart` and `deploy.restart_policy`, which wins, in the engine's words.
struct EngineRestartLowering {
    let service: Fields

    var policy: EngineRestartPolicy {
        let deploy = service.fields("deploy").fields("restart_policy")
        if deploy.value != nil {
            return EngineRestartPolicy(
                name: Self.name(deploy["condition"]?.scalarText ?? "any"),
                retries: deploy["max_attempts"]?.whole.flatMap(Int.init(exactly:)) ?? 0)
        }
        let parts = (service["restart"]?.scalarText ?? "no").split(separator: ":", maxSplits: 1).map(String.init)
        return EngineRestartPolicy(
            name: Self.name(parts.first ?? "no"), retries: parts.count == 2 ? Int(parts[1]) ?? 0 : 0)
    }

    private static func name(_ condition: String) -> String {
        switch condition {
        case "none": "no"
        case "any": "always"
        default: condition
        }
    }
}
