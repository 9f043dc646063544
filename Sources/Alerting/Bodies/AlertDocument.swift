internal import Stack

/// Hale's own document of a message: what webhooks without a template are sent and commands read.
enum AlertDocument {
    static func value(_ text: AlertText) -> JSONValue {
        let message = text.message
        var document: JSONValue = [
            "message": .text(message.id), "stack": .text(message.stack), "host": .text(message.host),
            "kind": .text(message.kind.rawValue), "severity": .text(message.severity.rawValue),
            "title": .text(text.title), "text": .text(text.body),
            "created_at": .text(UTCText.rfc3339(message.createdAt)),
            "alerts": .list(message.items.map { item($0, in: message) }),
        ]
        if let late = text.lateness { document["late_seconds"] = .number(late.duration.seconds) }
        return document
    }

    private static func item(_ item: AlertMessage.Item, in message: AlertMessage) -> JSONValue {
        var value: JSONValue = [
            "id": .integer(item.id), "key": .text(message.key(of: item.id)), "kind": .text(item.kind.rawValue),
            "service": .text(item.service), "severity": .text(item.severity.rawValue), "cause": .text(item.cause),
            "started_at": .text(UTCText.rfc3339(item.startedAt)),
            "victims": .list(item.victims.map { .text($0) }), "victim_count": .integer(Int64(item.victimCount)),
        ]
        if let note = item.note { value["note"] = .text(note) }
        if let end = item.endedAt { value["ended_at"] = .text(UTCText.rfc3339(end)) }
        if let duration = item.duration { value["duration_seconds"] = .number(duration.seconds) }
        return value
    }
}

/// A URL that takes JSON or what its template says.
enum WebhookBody {
    static func call(_ text: AlertText, _ channel: WebhookChannel) -> AlertRequest.HTTPCall {
        var call = AlertRequest.HTTPCall(url: channel.url.text ?? "", json: AlertDocument.value(text))
        call.method = channel.method
        call.headers = channel.headers.mapValues { $0.text ?? "" }
        call.headers["Content-Type"] = channel.contentType
        if let body = channel.body, let template = try? AlertTemplate(body) {
            call.body = fill(template, with: text, type: channel.contentType)
        }
        return call
    }

    private static func fill(_ template: AlertTemplate, with text: AlertText, type: String) -> String {
        template.parts.map { part in
            switch part {
            case .text(let text): text
            case .placeholder(let placeholder): escaped(value(placeholder, text), type: type)
            }
        }.joined()
    }

    private static func value(_ placeholder: AlertTemplate.Placeholder, _ text: AlertText) -> String {
        let message = text.message
        let item = message.items.first
        switch placeholder {
        case .title: return text.title
        case .text: return text.body
        case .stack: return message.stack
        case .host: return message.host
        case .service: return item?.service ?? ""
        case .severity: return message.severity.rawValue
        case .kind: return message.kind.rawValue
        case .cause: return item?.cause ?? ""
        case .id: return item.map { String($0.id) } ?? ""
        case .startedAt: return item.map { UTCText.rfc3339($0.startedAt) } ?? ""
        case .endedAt: return item?.endedAt.map { UTCText.rfc3339($0) } ?? ""
        case .duration: return item?.duration.map { "\($0.seconds)" } ?? ""
        case .late: return text.lateness.map { "\(Int64($0.duration.seconds))" } ?? "0"
        case .message: return message.id
        }
    }

    /// As it may stand in a JSON string or in a form's value; in any other text as it is.
    private static func escaped(_ text: String, type: String) -> String {
        if type.contains("json") { return String(JSONValue.text(text).json.dropFirst().dropLast()) }
        guard type.contains("x-www-form-urlencoded") else { return text }
        return PercentEncoding.encode(text)
    }
}

/// A program: the document on its standard input, the most important of it in variables.
enum CommandBody {
    static func call(_ text: AlertText, _ words: [String]) -> AlertRequest.CommandCall {
        let message = text.message
        let item = message.items.first
        var variables = [
            "MESSAGE": message.id, "STACK": message.stack, "HOST": message.host, "KIND": message.kind.rawValue,
            "SEVERITY": message.severity.rawValue, "TITLE": text.title, "TEXT": text.body,
            "COUNT": "\(message.items.count)",
        ]
        if let item {
            variables["ID"] = "\(item.id)"
            variables["SERVICE"] = item.service
            variables["CAUSE"] = item.cause
        }
        if let duration = item?.duration { variables["DURATION_SECONDS"] = "\(duration.seconds)" }
        if let late = text.lateness { variables["LATE_SECONDS"] = "\(late.duration.seconds)" }
        return AlertRequest.CommandCall(
            words: words, input: AlertDocument.value(text).json + "\n",
            environment: Dictionary(
                uniqueKeysWithValues: variables.map { ("HALE_ALERT_" + $0.key, $0.value.filter { $0 != "\0" }) }))
    }
}
