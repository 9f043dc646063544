internal import Stack

/// The schemas of alerts.
extension OpenAPISchemas {
    static let alerts: [String: JSONValue] = [
        "Alert": object(
            [
                "id": integer, "state": words(AlertStatus.State.allCases.map(\.rawValue)), "service": string,
                "severity": words(AlertSeverity.allCases.map(\.rawValue)), "cause": string, "started_at": time,
                "victims": list(string), "victim_count": integer, "channels": list(string),
            ], optional: ["acknowledged_by": string, "acknowledged_at": time]),
        "AlertChannel": object(
            [
                "name": string, "kind": string, "state": words(AlertChannelStatus.State.allCases.map(\.rawValue)),
                "queued": integer, "failed": integer, "sent_total": integer, "failed_total": integer,
            ], optional: ["problem": string, "last_delivery_at": time, "next_attempt_at": time]),
        "AlertOverview": object([
            "alerts": list(OpenAPIDocument.schema("Alert")), "channels": list(OpenAPIDocument.schema("AlertChannel")),
        ]),
        "AlertResult": object(["message": string]),
    ]
}
