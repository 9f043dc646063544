internal import Stack

/// Reads `x-hale.check`: one protocol with its fields, and timing where the health check gives none.
struct CheckExtension {
    static let timing = ["interval", "timeout", "retries", "start_period", "start_interval"]
    static let protocols: [String: [String]] = [
        "tcp": ["port"],
        "http": ["port", "path", "method", "headers", "status", "body", "header", "tls", "verify"],
        "https": ["port", "path", "method", "headers", "status", "body", "header", "verify"],
        "postgres": ["port", "user", "password", "database"],
        "redis": ["port", "user", "password", "writable"],
        "bolt": ["port", "user", "password"],
        "ollama": ["port", "model"],
        "grpc": ["port", "service"],
        "heartbeat": ["every"],
    ]

    let fields: Fields
    /// The service's first port, for the protocols that have no usual one.
    let servicePort: UInt16?

    /// The probe, or nil where there is none or it is wrong (which is then reported). `check: redis` is `redis: {}`.
    func probe(_ problems: inout Problems) -> Probe? {
        guard let value = fields.value, value != .null else { return nil }
        if let name = value.scalarText {
            guard Self.protocols[name] != nil else {
                problems.report(fields.path, "unknown check '\(name)'", hint: nearest(name, in: Self.names))
                return nil
            }
            return probe(name, Fields(.map(ComposeMap()), path: fields.path), &problems)
        }
        fields.allow(Self.names + Self.timing, &problems)
        let named = fields.map.keys.filter { Self.protocols[$0] != nil }
        guard let name = named.first, named.count == 1 else {
            problems.report(fields.path, "expected exactly one of \(Self.names.joined(separator: ", "))")
            return nil
        }
        return probe(name, details(of: name), &problems)
    }

    private static let names = protocols.keys.sorted()

    /// `tcp: 5432` and `heartbeat: 10s` are short for their one field.
    private func details(of name: String) -> Fields {
        let inner = fields.map[name]
        guard let text = inner?.scalarText else { return Fields(inner, path: fields.path + [name]) }
        let key =
            switch name {
            case "heartbeat": "every"
            case "ollama": "model"
            case "http", "https": UInt16(text) == nil ? "path" : "port"
            default: "port"
            }
        var map = ComposeMap()
        map[key] = .string(text)
        return Fields(.map(map), path: fields.path + [name])
    }

    private func probe(_ name: String, _ details: Fields, _ problems: inout Problems) -> Probe? {
        details.allow(Self.protocols[name] ?? [], &problems)
        let port = details.port("port", &problems)
        let user = details.string("user", &problems)
        let password = details.string("password", &problems)
        switch name {
        case "tcp": return needed(port, details, &problems).map { .tcp(port: $0) }
        case "http", "https":
            guard let port = needed(port, details, &problems) else { return nil }
            return .http(http(details, port: port, tls: name == "https", &problems))
        case "postgres":
            return .postgres(
                port: port, user: user, password: password, database: details.string("database", &problems))
        case "redis":
            return .redis(
                port: port, user: user, password: password, writable: details.flag("writable", &problems) ?? false)
        case "bolt": return .bolt(port: port, user: user, password: password)
        case "ollama": return .ollama(port: port, model: details.string("model", &problems))
        case "grpc":
            let service = details.string("service", &problems) ?? ""
            return needed(port, details, &problems).map { .grpc(port: $0, service: service) }
        default:
            return .heartbeat(every: details.duration("every", &problems) ?? .seconds(10))
        }
    }

    private func needed(_ port: UInt16?, _ details: Fields, _ problems: inout Problems) -> UInt16? {
        if let port = port ?? servicePort { return port }
        problems.report(details.path, "needs a port, as the service publishes and exposes none")
        return nil
    }

    private func http(_ details: Fields, port: UInt16, tls: Bool, _ problems: inout Problems) -> HTTPProbe {
        var probe = HTTPProbe(port: port)
        probe.tls = details.flag("tls", &problems) ?? tls
        probe.verify = details.flag("verify", &problems) ?? false
        probe.path = details.string("path", &problems) ?? "/"
        if !probe.path.hasPrefix("/") { probe.path = "/" + probe.path }
        probe.method = details.string("method", &problems) ?? "GET"
        probe.headers = headers(details, &problems)
        probe.bodyContains = details.string("body", &problems)
        probe.headerContains = details.string("header", &problems)
        if let text = details.string("status", &problems) {
            if let range = Self.statuses(text) {
                probe.statuses = range
            } else {
                problems.report(details.path + ["status"], "expected a status such as 200, 2xx or 200-399")
            }
        }
        return probe
    }

    private func headers(_ details: Fields, _ problems: inout Problems) -> [String] {
        if let map = details["headers"]?.map {
            return map.map { name, value in "\(name): \(value.scalarText ?? "")" }
        }
        return details.strings("headers", &problems) ?? []
    }

    private static func statuses(_ text: String) -> ClosedRange<Int>? {
        if text.count == 3, text.hasSuffix("xx"), let digit = text.first?.wholeNumberValue, (1...5).contains(digit) {
            return digit * 100...digit * 100 + 99
        }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard let first = parts.first ?? nil, let last = parts.last ?? nil, parts.count <= 2 else { return nil }
        guard (100...599).contains(first), (first...599).contains(last) else { return nil }
        return first...last
    }
}
