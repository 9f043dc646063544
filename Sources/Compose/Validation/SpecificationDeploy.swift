extension Specification {
    /// How a service is built.
    static let build = Record([
        ("context", .text), ("dockerfile", .text), ("dockerfile_inline", .text), ("entitlements", .manyTexts),
        ("args", .pairs.with(form: .environment)), ("provenance", Shape([.text, .flag], .text)),
        ("sbom", Shape([.text, .flag], .text)), ("ssh", .pairs.with(form: .keys)), ("labels", .labels),
        ("cache_from", .manyTexts), ("cache_to", .manyTexts), ("no_cache", .flag), ("no_cache_filter", .textOrTexts),
        ("additional_contexts", .pairs), ("pull", .flag), ("extra_hosts", hosts), ("isolation", .text),
        ("network", .text), ("target", .text), ("secrets", .list(of: Shape.record(fileReference).or(.text))),
        ("shm_size", Shape([.whole, .text], .bytes)), ("tags", .manyTexts), ("ulimits", ulimits),
        ("platforms", .manyTexts), ("privileged", .flag),
    ])

    /// How a service is run on a cluster, of which Compose takes replicas, resources and the restart policy.
    static let deploy = Record([
        ("mode", .text), ("replicas", .whole.with(form: .optionalWhole)), ("labels", .labels),
        ("update_config", .record(update)), ("rollback_config", .record(update)),
        ("resources", Shape.record(resources).with(form: .recordUnlessEmpty)),
        ("restart_policy", .record(restartPolicy)),
        ("placement", Shape.record(placement).with(form: .recordUnlessEmpty)), ("endpoint_mode", .text),
    ])

    private static let update = Record([
        ("parallelism", .whole.with(form: .optionalWhole)), ("delay", .duration.with(form: .duration)),
        ("failure_action", .text), ("monitor", .duration.with(form: .duration)), ("max_failure_ratio", .number),
        ("order", .choice("start-first", "stop-first")),
    ])

    private static let resources = Record([
        ("limits", .record(Record([("cpus", .number), ("memory", memory), ("pids", .whole)]))),
        (
            "reservations",
            .record(
                Record([
                    ("cpus", .number), ("memory", memory), ("devices", deviceRequests),
                    ("generic_resources", genericResources),
                ]))
        ),
    ])

    private static let memory = Shape(.text, .bytes)

    private static let genericResources: Shape = {
        let discrete = Record([("kind", .text), ("value", .number.with(form: .whole))])
        return .list(of: .record(Record([("discrete_resource_spec", .record(discrete))])))
    }()

    private static let restartPolicy = Record([
        ("condition", .text), ("delay", .duration), ("max_attempts", .whole.with(form: .optionalWhole)),
        ("window", .duration),
    ])

    private static let placement = Record([
        ("constraints", .manyTexts), ("preferences", .list(of: .record(Record([("spread", .text)])))),
        ("max_replicas_per_node", .whole),
    ])

    private static let deviceFields: [(name: String, shape: Shape)] = [
        ("capabilities", .texts), ("driver", .text), ("count", Shape([.text, .whole], .count)), ("device_ids", .texts),
        ("options", .pairs),
    ]

    private static let deviceRequests = Shape.list(of: .record(Record(deviceFields, required: ["capabilities"])))

    static let gpus: Shape = {
        var shape = Shape.list(of: .record(Record(deviceFields, isOpen: true))).or(.text)
        shape.choices = ["all"]
        return shape
    }()
}
