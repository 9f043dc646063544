extension AlertChannel {
    /// The same with every secret's text in it, as `read` finds it in the secret's file.
    public func resolved<Failure: Error>(_ read: (String) throws(Failure) -> String) throws(Failure) -> AlertChannel {
        var channel = self
        channel.kind = try kind.resolved(read)
        return channel
    }
}

extension AlertChannel {
    /// `text` without what is secret about the channel: servers may repeat in an answer what they were asked. Secrets that are
    /// in files are not known here.
    public func masking(_ text: String) -> String {
        var words: [String] = []
        for secret in kind.secrets.compactMap(\.text) {
            words.append(secret)
            // Of a URL it is the path that lets its holder write; a server may repeat a part of it.
            words += secret.split(whereSeparator: { " /?&=".contains($0) }).map { String($0) }
        }
        words.removeAll { $0.count < Self.shortestSecret }
        words.sort { $0.count > $1.count }
        return words.reduce(text) { text, word in text.replacing(word, with: Secret.mask) }
    }

    /// Shorter words are words that answers are made of.
    private static let shortestSecret = 6
}

extension AlertChannel.Kind {
    fileprivate var secrets: [Secret] {
        switch self {
        case .alertmanager(let channel): [channel.password].compactMap(\.self)
        case .webhook(let channel): [channel.url] + channel.headers.values
        case .slack(let url), .discord(let url), .teams(let url): [url]
        case .pagerduty(let key, _), .opsgenie(let key, _): [key]
        case .ntfy(_, _, let token): [token].compactMap(\.self)
        case .email(let channel): [channel.password].compactMap(\.self)
        case .apprise(let url, let targets, _): [url] + [targets].compactMap(\.self)
        case .command: []
        }
    }

    fileprivate func resolved<Failure: Error>(_ read: (String) throws(Failure) -> String) throws(Failure) -> Self {
        switch self {
        case .alertmanager(var channel):
            channel.password = try channel.password?.resolved(read)
            return .alertmanager(channel)
        case .webhook(var channel):
            channel.url = try channel.url.resolved(read)
            for (name, value) in channel.headers { channel.headers[name] = try value.resolved(read) }
            return .webhook(channel)
        case .slack(let url): return .slack(url: try url.resolved(read))
        case .discord(let url): return .discord(url: try url.resolved(read))
        case .teams(let url): return .teams(url: try url.resolved(read))
        case .pagerduty(let key, let url): return .pagerduty(routingKey: try key.resolved(read), url: url)
        case .opsgenie(let key, let url): return .opsgenie(key: try key.resolved(read), url: url)
        case .ntfy(let url, let topic, let token):
            return .ntfy(url: url, topic: topic, token: try token?.resolved(read))
        case .email(var channel):
            channel.password = try channel.password?.resolved(read)
            return .email(channel)
        case .apprise(let url, let targets, let tag):
            return .apprise(url: try url.resolved(read), targets: try targets?.resolved(read), tag: tag)
        case .command: return self
        }
    }
}

extension Secret {
    fileprivate func resolved<Failure: Error>(_ read: (String) throws(Failure) -> String) throws(Failure) -> Secret {
        switch self {
        case .text: self
        case .file(let path): .text(try read(path))
        }
    }
}
