internal import Stack

/// The schemas of what is answered, exactly as this version answers it.
enum OpenAPISchemas {
    static let all: [String: JSONValue] = [
        "StackStatus": object(
            [
                "stack": string, "status": words(["healthy", "degraded", "down"]),
                "services": ["type": "object", "additionalProperties": OpenAPIDocument.schema("ServiceStatus")],
                "version": string, "processes": OpenAPIDocument.schema("Processes"), "notices": list(string),
            ], optional: ["status_address": string, "pause": OpenAPIDocument.schema("Pause")]),
        "Pause": object(["until": time, "since": time], optional: ["by": string]),
        "Processes": object([:], optional: ["keeper": integer, "healer": integer, "gateway": integer]),
        "ServiceStatus": object(service, optional: serviceOptional),
        "Service": object(service.merging(["name": string]) { $1 }, optional: serviceOptional),
        "ServiceList": object(["services": list(OpenAPIDocument.schema("Service"))]),
        "Port": object(
            ["address": string, "published": integer, "target": integer, "transport": words(["tcp", "udp"])],
            optional: ["problem": string]),
        "Instance": instance,
        "Traffic": object(
            ["window_seconds": integer, "calls": integer, "failed": integer],
            optional: ["p50_seconds": seconds, "p95_seconds": seconds, "p99_seconds": seconds]),
        "Explanation": object(["service": string, "sentences": list(string)], optional: ["incident": integer]),
        "ActionResult": object([
            "result": words(ActionResult.Outcome.allCases.map(\.rawValue)), "message": string,
            "service": OpenAPIDocument.schema("Service"),
        ]),
        "Version": object(["stack": string, "version": string]),
        "Problem": object(
            ["title": string, "status": integer, "detail": string, "instance": string],
            optional: ["paths": list(string)]),
        "Command": ["type": "object", "required": ["command"], "properties": ["command": string]],
        "Reply": object([
            "result": words(["done", "not_found", "refused", "failed"]), "message": string,
        ]),
    ].merging(story) { $1 }.merging(breakers) { $1 }.merging(flags) { $1 }.merging(alerts) { $1 }.merging(overview) {
        $1
    }

    static let breakerState = words(BreakerState.allCases.map(\.rawValue))

    private static let breakers: [String: JSONValue] = [
        "Breaker": object(
            [
                "service": string, "instance": string, "port": integer, "state": breakerState, "pending": integer,
                "trips": integer, "rejections": integer, "successes": integer, "failures": integer,
                "slow_calls": integer,
            ],
            optional: ["open_until": time, "failure_rate": share, "slow_call_rate": share, "last_failure": string]),
        "BreakerList": object(["breakers": list(OpenAPIDocument.schema("Breaker"))]),
        "BreakerResult": object([
            "result": words(ActionResult.Outcome.allCases.map(\.rawValue)), "message": string,
            "breakers": list(OpenAPIDocument.schema("Breaker")),
        ]),
    ]

    /// Events and incidents.
    private static let story: [String: JSONValue] = [
        "Event": object(
            ["id": integer, "time": time, "kind": string, "text": string],
            optional: [
                "service": string, "instance": string, "cause": string, "actor": string, "incident": integer,
            ]),
        "EventPage": object(
            ["events": list(OpenAPIDocument.schema("Event"))],
            optional: ["next_after": cursor, "next_before": cursor]),
        "Incident": object(
            [
                "id": integer, "state": words(IncidentRecord.State.allCases.map(\.rawValue)), "root": string,
                "cause": string, "first_sign_at": time, "victims": list(OpenAPIDocument.schema("Victim")),
                "timeline": list(OpenAPIDocument.schema("Moment")), "omitted": integer,
                "logs": list(object(["instance": string, "lines": list(string)])),
            ], optional: ["verdict_at": time, "repaired_at": time, "ended_at": time]),
        "Victim": object(["service": string, "sign": string, "since": time], optional: ["recovered_at": time]),
        "Moment": object(
            ["time": time, "kind": string, "text": string],
            optional: ["service": string, "instance": string, "cause": string]),
        "IncidentPage": object([
            "incidents": list(OpenAPIDocument.schema("Incident")), "next_before": cursor,
        ]),
    ]

    private static let service: [String: JSONValue] = [
        "state": words(Lifecycle.allCases.map(\.rawValue)), "health": words(Health.allCases.map(\.rawValue)),
        "since": time, "restarts": integer, "last_error": ["type": ["string", "null"]],
        "ports": list(OpenAPIDocument.schema("Port")), "instances": list(OpenAPIDocument.schema("Instance")),
    ]

    private static let serviceOptional: [String: JSONValue] = [
        "waiting_on": string, "operator": string, "operator_since": time, "operator_by": string, "image": string,
        "breaker": breakerState,
        "update": object([
            "state": words(UpdateStatus.State.allCases.map(\.rawValue)), "finished": integer, "total": integer,
            "text": string,
        ]),
        "traffic": OpenAPIDocument.schema("Traffic"),
    ]

    private static let instance = object(
        [
            "name": string, "state": words(Lifecycle.allCases.map(\.rawValue)),
            "health": words(Health.allCases.map(\.rawValue)), "since": time, "restarts": integer,
        ],
        optional: [
            "pid": integer, "address": string, "network": string, "started_at": time, "exit_code": integer,
            "last_error": string, "waiting_on": string, "next_action_at": time, "status_text": string,
            "ready_after_seconds": ["type": "number"], "breakers": list(OpenAPIDocument.schema("Breaker")),
            "traffic": OpenAPIDocument.schema("Traffic"),
        ])

    static let seconds: JSONValue = ["type": "number", "minimum": 0]

    static let string: JSONValue = ["type": "string"]
    static let integer: JSONValue = ["type": "integer", "format": "int64"]
    private static let share: JSONValue = ["type": "number", "minimum": 0, "maximum": 1]
    private static let cursor: JSONValue = ["type": ["integer", "null"], "format": "int64"]
    static let time: JSONValue = ["type": "string", "format": "date-time"]

    static func words(_ words: [String]) -> JSONValue {
        ["type": "string", "enum": .list(words.map { .text($0) })]
    }

    static func list(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items] }

    static func object(
        _ required: [String: JSONValue], optional: [String: JSONValue] = [:]
    ) -> JSONValue {
        [
            "type": "object", "additionalProperties": false,
            "required": .list(required.keys.sorted().map { .text($0) }),
            "properties": .object(required.merging(optional) { $1 }),
        ]
    }
}
