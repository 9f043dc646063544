/// A way by which alerts reach people.
public struct AlertChannel: Hashable, Sendable, Codable {
    /// Its name in the Compose file.
    public var name: String
    /// What it leads to.
    public var kind: Kind
    /// How long one attempt may take.
    public var timeout: Duration
    /// A file of certificates that servers are checked with, in place of the system's.
    public var authority: String?

    /// A channel; 10 s are enough for servers that answer at all.
    public init(name: String, kind: Kind, timeout: Duration = .seconds(10), authority: String? = nil) {
        self.name = name
        self.kind = kind
        self.timeout = timeout
        self.authority = authority
    }

    /// What a channel leads to, with what that needs.
    public enum Kind: Hashable, Sendable, Codable {
        /// Prometheus Alertmanager at that URL, by its API v2.
        case alertmanager(AlertmanagerChannel)
        /// Any URL that takes JSON or another text.
        case webhook(WebhookChannel)
        /// A Slack incoming webhook.
        case slack(url: Secret)
        /// A Discord webhook.
        case discord(url: Secret)
        /// A Microsoft Teams workflow that takes webhooks.
        case teams(url: Secret)
        /// PagerDuty's Events API v2 at that URL.
        case pagerduty(routingKey: Secret, url: String)
        /// Opsgenie's Alert API at that URL, without its path.
        case opsgenie(key: Secret, url: String)
        /// A topic of the ntfy server at that URL.
        case ntfy(url: String, topic: String, token: Secret?)
        /// A mail server.
        case email(MailChannel)
        /// An Apprise API server: its `/notify` URL, the Apprise URLs where none is kept there, and a tag.
        case apprise(url: Secret, targets: Secret?, tag: String?)
        /// A program and its arguments.
        case command([String])
    }
}

/// Where an Alertmanager is.
public struct AlertmanagerChannel: Hashable, Sendable, Codable {
    /// Its URL, without `/api/v2`.
    public var url: String
    /// A user, for basic authentication.
    public var user: String?
    /// The user's password.
    public var password: Secret?

    /// The one at that URL.
    public init(url: String, user: String? = nil, password: Secret? = nil) {
        self.url = url
        self.user = user
        self.password = password
    }
}

/// A URL that takes what the file says.
public struct WebhookChannel: Hashable, Sendable, Codable {
    /// Where.
    public var url: Secret
    /// The method.
    public var method: String
    /// Headers besides `Content-Type`, by name.
    public var headers: [String: Secret]
    /// A text with placeholders; nil is Hale's own document.
    public var body: String?
    /// What the body is.
    public var contentType: String

    /// A POST of JSON where nothing else is said.
    public init(
        url: Secret, method: String = "POST", headers: [String: Secret] = [:], body: String? = nil,
        contentType: String = "application/json"
    ) {
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
        self.contentType = contentType
    }
}

/// A mail server, and who writes to whom.
public struct MailChannel: Hashable, Sendable, Codable {
    /// How the connection is encrypted.
    public enum Encryption: String, Hashable, Sendable, Codable, CaseIterable {
        /// From the first byte.
        case tls
        /// After STARTTLS, which the server must offer.
        case starttls
        /// Not at all.
        case off
    }

    /// The server's name or address.
    public var host: String
    /// Its port.
    public var port: UInt16
    /// How the connection is encrypted.
    public var encryption: Encryption
    /// Who writes.
    public var from: String
    /// Who is written to.
    public var to: [String]
    /// Who logs in; nil for nobody.
    public var user: String?
    /// That user's password.
    public var password: Secret?

    /// STARTTLS on port 587 where nothing else is said (RFC 6409).
    public init(
        host: String, port: UInt16 = 587, encryption: Encryption = .starttls, from: String, to: [String],
        user: String? = nil, password: Secret? = nil
    ) {
        self.host = host
        self.port = port
        self.encryption = encryption
        self.from = from
        self.to = to
        self.user = user
        self.password = password
    }
}

extension AlertChannel.Kind {
    /// Its name in the Compose file.
    public var word: String {
        switch self {
        case .alertmanager: "alertmanager"
        case .webhook: "webhook"
        case .slack: "slack"
        case .discord: "discord"
        case .teams: "teams"
        case .pagerduty: "pagerduty"
        case .opsgenie: "opsgenie"
        case .ntfy: "ntfy"
        case .email: "email"
        case .apprise: "apprise"
        case .command: "command"
        }
    }

    /// Whether its receiver keeps each alert by itself, from its beginning to its end: such a one is told of each in a
    /// message of its own.
    public var keepsAlerts: Bool {
        switch self {
        case .alertmanager, .pagerduty, .opsgenie: true
        case .webhook, .slack, .discord, .teams, .ntfy, .email, .apprise, .command: false
        }
    }
}
