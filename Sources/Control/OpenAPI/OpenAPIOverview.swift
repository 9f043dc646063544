internal import Stack

/// The schemas of the overview and of sessions.
extension OpenAPISchemas {
    static let overview: [String: JSONValue] = [
        "Overview": object(
            [
                "stack": string, "status": words(["healthy", "degraded", "down"]), "version": string, "time": time,
                "services": list(OpenAPIDocument.schema("ServiceOverview")),
                "processes": OpenAPIDocument.schema("Processes"), "notices": list(string),
            ], optional: ["pause": OpenAPIDocument.schema("Pause")]),
        "ServiceOverview": object(
            [
                "name": string, "state": words(Lifecycle.allCases.map(\.rawValue)),
                "health": words(Health.allCases.map(\.rawValue)), "since": time, "restarts": integer,
                "instances": integer, "instances_up": integer, "critical": ["type": "boolean"],
                "depends_on": list(object(["service": string, "condition": words(conditions)])),
            ],
            optional: [
                "last_error": string, "waiting_on": string, "operator": string, "operator_by": string,
                "next_action_at": time, "breaker": breakerState, "update": string,
                "traffic": OpenAPIDocument.schema("Traffic"), "usage": OpenAPIDocument.schema("Usage"),
            ]),
        "Usage": object(
            ["memory_bytes": integer],
            optional: ["processors": seconds, "processor_limit": seconds, "memory_limit_bytes": integer]),
        "SignIn": [
            "type": "object", "required": ["token"],
            "properties": ["token": ["type": "string", "description": "A token of 'hale token create NAME'."]],
        ],
        "Session": object(["may_act": ["type": "boolean"]], optional: ["actor": string, "until": time]),
    ]

    private static let conditions = [
        Dependency.Condition.started, .healthy, .completedSuccessfully,
    ].map(\.rawValue)
}
