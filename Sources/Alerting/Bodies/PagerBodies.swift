internal import Stack

/// PagerDuty's Events API v2: `routing_key`, `event_action`, `dedup_key` (255 characters) and `payload` with `summary`
/// (1,024), `source`, `severity`, `timestamp`, `component`, `group`, `class` and `custom_details`; 202 means that it was
/// taken.
///
/// https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
enum PagerDutyBody {
    static func calls(_ text: AlertText, key: String, url: String) -> [AlertRequest.HTTPCall] {
        let item = text.message.single
        let actions =
            switch item.kind {
            case .firing, .updated, .repeated, .escalated: ["trigger"]
            case .recovered, .repaired: ["resolve"]
            case .test: ["trigger", "resolve"]
            }
        return actions.map { action in
            AlertRequest.HTTPCall(url: url, json: body(text, item, action: action, key: key))
        }
    }

    private static func body(_ text: AlertText, _ item: AlertMessage.Item, action: String, key: String) -> JSONValue {
        let message = text.message
        let dedup = item.kind == .test ? "hale:test:\(message.id)" : message.key(of: item.id)
        var body: JSONValue = [
            "routing_key": .text(key), "event_action": .text(action), "dedup_key": .text(dedup.cut(to: 255)),
        ]
        guard action == "trigger" else { return body }
        body["client"] = "Hale"
        body["payload"] = [
            "summary": .text(text.subject.cut(to: 1_024)), "source": .text(message.host),
            "severity": .text(item.severity.rawValue), "timestamp": .text(UTCText.rfc3339(item.startedAt)),
            "component": .text(item.service), "group": .text(message.stack), "class": .text(item.cause.cut(to: 255)),
            "custom_details": AlertDocument.value(text),
        ]
        return body
    }
}

/// Opsgenie's Alert API: `message` (130 characters), `alias` (512), `description` (15,000), `entity`, `source`, `priority`
/// (P1 to P5), `tags` and `details`; closed under its alias. 202 means that it was taken.
///
/// https://docs.opsgenie.com/docs/alert-api
enum OpsgenieBody {
    static func calls(_ text: AlertText, key: String, url: String) -> [AlertRequest.HTTPCall] {
        let item = text.message.single
        switch item.kind {
        case .firing, .updated, .repeated, .escalated: return [create(text, item, key, url)]
        case .recovered, .repaired: return [close(text, item, key, url)]
        case .test: return [create(text, item, key, url), close(text, item, key, url)]
        }
    }

    private static func alias(_ text: AlertText, _ item: AlertMessage.Item) -> String {
        (item.kind == .test ? "hale:test:\(text.message.id)" : text.message.key(of: item.id)).cut(to: 512)
    }

    private static func create(
        _ text: AlertText, _ item: AlertMessage.Item, _ key: String, _ url: String
    ) -> AlertRequest.HTTPCall {
        let message = text.message
        return AlertRequest.HTTPCall(
            url: url + "/v2/alerts", headers: ["Authorization": "GenieKey \(key)"],
            json: [
                "message": .text(text.subject.cut(to: 130)), "alias": .text(alias(text, item)),
                "description": .text(text.body.cut(to: 15_000)), "entity": .text(item.service.cut(to: 512)),
                "source": .text(message.host.cut(to: 100)), "priority": .text(priority(item.severity)),
                "tags": ["hale", .text(message.stack.cut(to: 50))],
                "details": [
                    "stack": .text(message.stack), "service": .text(item.service), "incident": .text("\(item.id)"),
                    "severity": .text(item.severity.rawValue), "cause": .text(item.cause.cut(to: 500)),
                    "message": .text(message.id),
                ],
            ])
    }

    private static func close(
        _ text: AlertText, _ item: AlertMessage.Item, _ key: String, _ url: String
    ) -> AlertRequest.HTTPCall {
        AlertRequest.HTTPCall(
            url: url + "/v2/alerts/\(PercentEncoding.encode(alias(text, item)))/close?identifierType=alias",
            headers: ["Authorization": "GenieKey \(key)"],
            json: ["source": .text(text.message.host.cut(to: 100)), "note": .text(text.body.cut(to: 25_000))])
    }

    private static func priority(_ severity: AlertSeverity) -> String {
        switch severity {
        case .critical: "P1"
        case .warning: "P3"
        case .info: "P5"
        }
    }
}
