internal import Stack

/// An incoming webhook of Slack: `text` for notifications, and `blocks` (a header of plain text up to 150 characters,
/// sections of `mrkdwn` up to 3,000) for what is shown.
///
/// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and
/// https://docs.slack.dev/reference/block-kit/blocks
enum SlackBody {
    static func call(_ text: AlertText, url: String) -> AlertRequest.HTTPCall {
        let body = escaped(text.body.cut(to: 2_500)).cut(to: 3_000)
        return AlertRequest.HTTPCall(
            url: url,
            json: [
                "text": .text(escaped(text.title.cut(to: 1_000))),
                "blocks": [
                    [
                        "type": "header",
                        "text": ["type": "plain_text", "text": .text(text.title.cut(to: 150)), "emoji": false],
                    ],
                    ["type": "section", "text": ["type": "mrkdwn", "text": .text(body)]],
                ],
            ])
    }

    /// Three characters are Slack's own in `mrkdwn`.
    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}

/// "Execute Webhook" of Discord: `content` up to 2,000 characters, `embeds` with `title` (256), `description` (4,096),
/// `color` and `timestamp`, and `allowed_mentions` so that no text calls anybody.
///
/// https://discord.com/developers/docs/resources/webhook#execute-webhook
enum DiscordBody {
    static func call(_ text: AlertText, url: String) -> AlertRequest.HTTPCall {
        let time = text.message.items.first?.startedAt ?? text.message.createdAt
        return AlertRequest.HTTPCall(
            url: url,
            json: [
                "content": .text(text.title.cut(to: 2_000)),
                "embeds": [
                    [
                        "title": .text(text.subject.cut(to: 256)), "description": .text(text.body.cut(to: 4_096)),
                        "color": .integer(color(text.message)), "timestamp": .text(UTCText.rfc3339(time)),
                    ]
                ],
                "allowed_mentions": ["parse": []],
            ])
    }

    private static func color(_ message: AlertMessage) -> Int64 {
        guard message.kind.isOngoing else { return message.kind == .recovered ? 0x2E7D32 : 0x1976D2 }
        switch message.severity {
        case .critical: return 0xD32F2F
        case .warning: return 0xF9A825
        case .info: return 0x1976D2
        }
    }
}

/// A workflow of Microsoft Teams that takes webhooks: a `message` with one adaptive card as its attachment.
///
/// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook and
/// https://adaptivecards.io/explorer/TextBlock.html
enum TeamsBody {
    static func call(_ text: AlertText, url: String) -> AlertRequest.HTTPCall {
        let lines = text.lines.map { line -> JSONValue in
            ["type": "TextBlock", "text": .text(line.cut(to: 1_000)), "wrap": true]
        }
        let title: JSONValue = [
            "type": "TextBlock", "text": .text(text.title.cut(to: 500)), "wrap": true, "weight": "Bolder",
            "size": "Medium", "color": .text(color(text.message)),
        ]
        return AlertRequest.HTTPCall(
            url: url,
            json: [
                "type": "message",
                "attachments": [
                    [
                        "contentType": "application/vnd.microsoft.card.adaptive",
                        "content": [
                            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard",
                            "version": "1.4", "body": .list([title] + lines.prefix(40)),
                        ],
                    ]
                ],
            ])
    }

    private static func color(_ message: AlertMessage) -> String {
        guard message.kind.isOngoing else { return message.kind == .recovered ? "Good" : "Accent" }
        switch message.severity {
        case .critical: return "Attention"
        case .warning: return "Warning"
        case .info: return "Accent"
        }
    }
}

/// ntfy, published as JSON to the server's root: `topic`, `title`, `message`, `priority` (1 to 5) and `tags`.
///
/// https://docs.ntfy.sh/publish/#publish-as-json
enum NtfyBody {
    static func call(_ text: AlertText, url: String, topic: String, token: String?) -> AlertRequest.HTTPCall {
        let (priority, tag) = importance(text.message)
        return AlertRequest.HTTPCall(
            url: url, headers: token.map { ["Authorization": "Bearer \($0)"] } ?? [:],
            json: [
                "topic": .text(topic), "title": .text(text.title.cut(to: 250)),
                "message": .text(text.body.cut(to: 3_000)),
                "priority": .integer(priority), "tags": [.text(tag)],
            ])
    }

    private static func importance(_ message: AlertMessage) -> (priority: Int64, tag: String) {
        guard message.kind.isOngoing else {
            return message.kind == .recovered ? (3, "white_check_mark") : (2, "information_source")
        }
        switch message.severity {
        case .critical: return (5, "rotating_light")
        case .warning: return (4, "warning")
        case .info: return (2, "information_source")
        }
    }
}

/// The Apprise API: `title`, `body`, `type` (`info`, `success`, `warning`, `failure`), `format`, and `urls` or `tag`.
///
/// https://github.com/caronc/apprise-api#api-details
enum AppriseBody {
    static func call(_ text: AlertText, url: String, targets: String?, tag: String?) -> AlertRequest.HTTPCall {
        var body: JSONValue = [
            "title": .text(text.title.cut(to: 250)), "body": .text(text.body.cut(to: 10_000)),
            "type": .text(type(text.message)), "format": "text",
        ]
        if let targets { body["urls"] = .text(targets) }
        if let tag { body["tag"] = .text(tag) }
        return AlertRequest.HTTPCall(url: url, json: body)
    }

    private static func type(_ message: AlertMessage) -> String {
        guard message.kind.isOngoing else { return message.kind == .recovered ? "success" : "info" }
        switch message.severity {
        case .critical: return "failure"
        case .warning: return "warning"
        case .info: return "info"
        }
    }
}
