internal import Stack

/// Reads one channel: what it leads to, with its fields, and how long an attempt may take.
struct AlertChannelLowering {
    private static let common = ["timeout", "ca"]
    /// The keys of each kind; those before the bar are needed.
    private static let kinds: [String: (needed: [String], others: [String])] = [
        "alertmanager": (["url"], ["user", "password"]),
        "webhook": (["url"], ["method", "headers", "body", "content_type"]),
        "slack": (["url"], []),
        "discord": (["url"], []),
        "teams": (["url"], []),
        "pagerduty": (["routing_key"], ["url"]),
        "opsgenie": (["api_key"], ["url"]),
        "ntfy": (["topic"], ["url", "token"]),
        "email": (["server", "from", "to"], ["tls", "user", "password"]),
        "apprise": (["url"], ["urls", "tag"]),
        "command": ([], []),
    ]
    private static let names = kinds.keys.sorted()
    private static let mostTimeout = Duration.seconds(300)

    let name: String
    let fields: Fields
    let directory: String

    func channel(_ problems: inout Problems) -> AlertChannel? {
        guard Self.isName(name) else {
            problems.report(
                fields.path, "a channel's name is 1 to 64 letters, digits, dots, dashes and underscores")
            return nil
        }
        fields.allow(Self.names + Self.common, &problems)
        let named = fields.map.keys.filter { Self.kinds[$0] != nil }
        guard let kind = named.first, named.count == 1 else {
            problems.report(fields.path, "expected exactly one of \(Self.names.joined(separator: ", "))")
            return nil
        }
        let timeout = fields.wait("timeout", &problems)
        if let timeout, timeout > Self.mostTimeout { problems.report(fields.path + ["timeout"], "must be at most 5m") }
        guard let leading = read(kind, &problems) else { return nil }
        return AlertChannel(
            name: name, kind: leading, timeout: min(timeout ?? .seconds(10), Self.mostTimeout),
            authority: fields.string("ca", &problems).map(absolute))
    }

    private func read(_ kind: String, _ problems: inout Problems) -> AlertChannel.Kind? {
        if kind == "command" { return command(&problems) }
        let own = AlertFields(fields: fields.fields(kind), directory: directory)
        let keys = Self.kinds[kind] ?? ([], [])
        guard own.fields.value?.map != nil else {
            problems.report(
                own.fields.path, "expected a mapping with \((keys.needed + keys.others).joined(separator: ", "))")
            return nil
        }
        own.fields.allow(keys.needed + keys.others, &problems)
        for key in keys.needed where own.fields[key] == nil { problems.report(own.fields.path, "'\(key)' is missing") }
        switch kind {
        case "alertmanager": return alertmanager(own, &problems)
        case "webhook": return webhook(own, &problems)
        case "slack": return own.secretURL("url", &problems).map { .slack(url: $0) }
        case "discord": return own.secretURL("url", &problems).map { .discord(url: $0) }
        case "teams": return own.secretURL("url", &problems).map { .teams(url: $0) }
        case "pagerduty":
            let url = own.url("url", &problems) ?? "https://events.pagerduty.com/v2/enqueue"
            return own.secret("routing_key", &problems).map { .pagerduty(routingKey: $0, url: url) }
        case "opsgenie":
            let url = own.url("url", &problems) ?? "https://api.opsgenie.com"
            return own.secret("api_key", &problems).map { .opsgenie(key: $0, url: url) }
        case "ntfy": return ntfy(own, &problems)
        case "email": return email(own, &problems)
        default:
            let (targets, tag) = (own.secret("urls", &problems), own.fields.string("tag", &problems))
            return own.secretURL("url", &problems).map { .apprise(url: $0, targets: targets, tag: tag) }
        }
    }

    private func alertmanager(_ own: AlertFields, _ problems: inout Problems) -> AlertChannel.Kind? {
        let user = own.fields.string("user", &problems)
        let password = own.secret("password", &problems)
        return own.url("url", &problems).map { .alertmanager(.init(url: $0, user: user, password: password)) }
    }

    private func ntfy(_ own: AlertFields, _ problems: inout Problems) -> AlertChannel.Kind? {
        let url = own.url("url", &problems) ?? "https://ntfy.sh"
        let token = own.secret("token", &problems)
        return own.fields.string("topic", &problems).map { .ntfy(url: url, topic: $0, token: token) }
    }

    private func webhook(_ own: AlertFields, _ problems: inout Problems) -> AlertChannel.Kind? {
        guard let url = own.secretURL("url", &problems) else { return nil }
        var channel = WebhookChannel(url: url)
        let methods = ["POST", "PUT", "PATCH"]
        if let method = own.fields.string("method", &problems)?.uppercased() {
            if !methods.contains(method) {
                problems.report(
                    own.fields.path + ["method"],
                    "expected one of \(methods.joined(separator: ", ")), found '\(method)'",
                    hint: nearest(method, in: methods))
            }
            channel.method = method
        }
        channel.headers = own.headers("headers", &problems)
        channel.contentType = own.fields.string("content_type", &problems) ?? channel.contentType
        if channel.contentType.contains(where: \.isNewline) {
            problems.report(own.fields.path + ["content_type"], "is more than one line")
        }
        channel.body = own.template("body", &problems)
        return .webhook(channel)
    }

    private func email(_ own: AlertFields, _ problems: inout Problems) -> AlertChannel.Kind? {
        let encryption: MailChannel.Encryption? =
            own.fields.isOff("tls") ? .off : own.fields.choice("tls", &problems)
        let password = own.secret("password", &problems)
        let user = own.fields.string("user", &problems)
        let to = own.addresses("to", &problems)
        guard let server = own.server("server", encryption ?? .starttls, &problems),
            let from = own.address("from", &problems), !to.isEmpty
        else { return nil }
        return .email(
            MailChannel(
                host: server.host, port: server.port, encryption: encryption ?? .starttls, from: from, to: to,
                user: user, password: password))
    }

    /// A text is split into words as Compose splits `command`; a program with a slash in it is relative to the project.
    private func command(_ problems: inout Problems) -> AlertChannel.Kind? {
        let path = fields.path + ["command"]
        guard let value = fields["command"] else {
            problems.report(path, "is empty; expected a program and its arguments")
            return nil
        }
        var words: [String] = []
        if let text = value.scalarText {
            do {
                words = try ShellWords.split(text)
            } catch {
                problems.report(path, "\(error)")
                return nil
            }
        } else {
            words = fields.strings("command", &problems) ?? []
        }
        guard let program = words.first, !program.isEmpty else {
            problems.report(path, "is empty; expected a program and its arguments")
            return nil
        }
        if program.contains("/") { words[0] = absolute(program) }
        return .command(words)
    }

    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : directory + "/" + path }

    private static func isName(_ name: String) -> Bool {
        (1...64).contains(name.count)
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }
}
