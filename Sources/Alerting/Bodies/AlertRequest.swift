public import Stack

/// What is to be done to tell a channel something: values alone, with secrets in them that nobody may print.
public enum AlertRequest: Hashable, Sendable {
    /// Call a URL; any 2xx means that it was taken.
    case http(HTTPCall)
    /// Hand a mail to a server.
    case mail(Mail)
    /// Run a program; 0 means that it was taken.
    case command(CommandCall)

    /// One HTTP request.
    public struct HTTPCall: Hashable, Sendable {
        /// The method.
        public var method = "POST"
        /// Where.
        public var url: String
        /// Headers by name, `Content-Type` among them.
        public var headers: [String: String]
        /// User and password, for basic authentication.
        public var user: String?
        /// The password.
        public var password: String?
        /// The body.
        public var body: String

        /// A POST of JSON.
        init(url: String, headers: [String: String] = [:], json: JSONValue) {
            self.url = url
            self.headers = headers.merging(["Content-Type": "application/json"]) { own, _ in own }
            body = json.json
        }
    }

    /// One mail.
    public struct Mail: Hashable, Sendable {
        /// Server, sender, receivers and how to log in.
        public var channel: MailChannel
        /// The message with its headers (RFC 5322).
        public var content: String
    }

    /// One program.
    public struct CommandCall: Hashable, Sendable {
        /// The program and its arguments.
        public var words: [String]
        /// What it reads: Hale's own document.
        public var input: String
        /// `HALE_ALERT_…` variables.
        public var environment: [String: String]
    }
}

extension AlertRequest {
    /// What tells that channel, whose secrets are in it, of a message: to be done in this order, up to the first that fails.
    /// More than one only to try a channel whose receiver would keep the alert.
    public static func requests(
        _ message: AlertMessage, to channel: AlertChannel, late: Lateness? = nil
    ) -> [AlertRequest] {
        let text = AlertText(message: message, lateness: late)
        switch channel.kind {
        case .alertmanager(let alertmanager): return [.http(AlertmanagerBody.call(text, alertmanager))]
        case .webhook(let webhook): return [.http(WebhookBody.call(text, webhook))]
        case .slack(let url): return [.http(SlackBody.call(text, url: url.text ?? ""))]
        case .discord(let url): return [.http(DiscordBody.call(text, url: url.text ?? ""))]
        case .teams(let url): return [.http(TeamsBody.call(text, url: url.text ?? ""))]
        case .pagerduty(let key, let url):
            return PagerDutyBody.calls(text, key: key.text ?? "", url: url).map { .http($0) }
        case .opsgenie(let key, let url):
            return OpsgenieBody.calls(text, key: key.text ?? "", url: url).map { .http($0) }
        case .ntfy(let url, let topic, let token):
            return [.http(NtfyBody.call(text, url: url, topic: topic, token: token?.text))]
        case .email(let mail): return [.mail(Mail(channel: mail, content: MailBody.content(text, mail)))]
        case .apprise(let url, let targets, let tag):
            return [.http(AppriseBody.call(text, url: url.text ?? "", targets: targets?.text, tag: tag))]
        case .command(let words): return [.command(CommandBody.call(text, words))]
        }
    }
}

extension AlertMessage {
    /// By which a receiver that keeps alerts knows this one: the same from its beginning to its end.
    func key(of id: Int64) -> String { "hale:\(host):\(stack):\(id)" }

    /// The only alert of a message to a receiver that keeps alerts; a made-up one where this is a test.
    var single: Item {
        items.first
            ?? Item(
                id: 0, kind: .test, service: "hale", severity: .info, cause: "a test message of Hale's",
                startedAt: createdAt, endedAt: nil, victims: [], victimCount: 0)
    }
}

extension String {
    /// No longer than so many characters; one that had to be cut says so.
    func cut(to most: Int) -> String { count > most ? prefix(most - 1) + "…" : self }
}
