internal import Stack

/// `POST /api/v2/alerts` of Prometheus Alertmanager: a list of `postableAlert`, each with `labels` (which are its identity),
/// `annotations`, `startsAt`, `endsAt` and `generatorURL`.
///
/// https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
enum AlertmanagerBody {
    /// How long it takes an alert for going on that is not told again: Hale tells it once a minute, and may be away itself.
    private static let life = Duration.seconds(600)

    static func call(_ text: AlertText, _ channel: AlertmanagerChannel) -> AlertRequest.HTTPCall {
        var call = AlertRequest.HTTPCall(
            url: trimmed(channel.url) + "/api/v2/alerts", json: .list(alerts(text)))
        call.user = channel.user
        call.password = channel.password?.text
        return call
    }

    private static func alerts(_ text: AlertText) -> [JSONValue] {
        let message = text.message
        let item = message.single
        let now = message.createdAt &+ (text.lateness?.duration.nanoseconds ?? 0)
        let end = item.endedAt ?? now &+ (item.kind == .test ? .seconds(60) : life).nanoseconds
        var alerts = [alert(text, item, service: item.service, severity: item.severity, end: end)]
        // Other labels are another alert: the one of before is over.
        if let former = item.former {
            alerts.append(alert(text, item, service: former.service, severity: former.severity, end: now))
        }
        return alerts
    }

    private static func alert(
        _ text: AlertText, _ item: AlertMessage.Item, service: String, severity: AlertSeverity, end: Int64
    ) -> JSONValue {
        let message = text.message
        return [
            "labels": [
                "alertname": .text(item.kind == .test ? "HaleTest" : "HaleIncident"), "stack": .text(message.stack),
                "host": .text(message.host), "service": .text(service), "severity": .text(severity.rawValue),
                "incident": .text("\(item.id)"),
            ],
            "annotations": ["summary": .text(text.subject), "description": .text(text.body)],
            "startsAt": .text(UTCText.rfc3339(item.startedAt)), "endsAt": .text(UTCText.rfc3339(end)),
        ]
    }

    private static func trimmed(_ url: String) -> String { url.hasSuffix("/") ? String(url.dropLast()) : url }
}
