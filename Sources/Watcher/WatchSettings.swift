public import Engines
public import Platform
internal import Stack

/// What `hale watch` heals and how. The variables are autoheal's, with its meanings and defaults, so that a container or a
/// unit that ran autoheal runs Hale by another name.
public struct WatchSettings: Hashable, Sendable {
    /// Which containers are healed.
    public enum Choice: Hashable, Sendable {
        /// All that have a health check.
        case all
        /// Those of them whose label of that name is `true`.
        case label(String)
    }

    /// Which containers are healed.
    public var choice = Choice.all
    /// How often it is looked which containers are unhealthy. Events of the engine come at once besides.
    public var interval = Duration.seconds(5)
    /// How long to wait before the first look.
    public var startPeriod = Duration.zero
    /// Seconds that a container has to end by itself when it is restarted; its label `autoheal.stop.timeout` overrides it.
    public var stopTimeout = 10
    /// Whom to tell of restarts, as JSON; nil is nobody.
    public var webhook: String?
    /// Under which key the sentence is.
    public var webhookKey = "text"
    /// An Apprise server to tell; nil is none.
    public var apprise: String?
    /// What to run after each restart, with the container's name, short id, state and stop timeout; nil is nothing.
    public var script: String?
    /// How long a call to the engine may take.
    public var callTimeout = Duration.seconds(30)
    /// Where metrics and status are served over HTTP; nil is nowhere.
    public var listen: SocketAddress?

    /// Everything that has a health check, every 5 s.
    public init() {}

    /// As these variables say.
    public init(environment: [String: String]) throws(WatchSettingsError) {
        let variables = environment.filter { !$0.value.isEmpty }
        switch variables["AUTOHEAL_CONTAINER_LABEL"] {
        case nil, "all": choice = .all
        case let name?: choice = .label(name)
        }
        if let seconds = try Self.seconds("AUTOHEAL_INTERVAL", variables, least: 1) { interval = .seconds(seconds) }
        if let seconds = try Self.seconds("AUTOHEAL_START_PERIOD", variables) { startPeriod = .seconds(seconds) }
        if let seconds = try Self.seconds("AUTOHEAL_DEFAULT_STOP_TIMEOUT", variables) { stopTimeout = Int(seconds) }
        if let seconds = try Self.seconds("CURL_TIMEOUT", variables, least: 1) { callTimeout = .seconds(seconds) }
        webhook = variables["WEBHOOK_URL"]
        webhookKey = variables["WEBHOOK_JSON_KEY"] ?? webhookKey
        apprise = variables["APPRISE_URL"]
        script = variables["POST_RESTART_SCRIPT"]
        listen = try variables["HALE_WATCH_LISTEN"].map { text throws(WatchSettingsError) in
            try Self.address(text, source: "HALE_WATCH_LISTEN")
        }
        // What is paused is never restarted, so both values mean the same; a third one would be a mistake.
        if let text = variables["AUTOHEAL_ONLY_MONITOR_RUNNING"], text != "true", text != "false" {
            throw WatchSettingsError("AUTOHEAL_ONLY_MONITOR_RUNNING", text, expected: "true or false")
        }
    }

    private static let longest: Int64 = 86_400

    private static func seconds(
        _ name: String, _ variables: [String: String], least: Int64 = 0
    ) throws(WatchSettingsError) -> Int64? {
        guard let text = variables[name] else { return nil }
        guard let number = Int64(text), (least...longest).contains(number) else {
            throw WatchSettingsError(name, text, expected: "whole seconds from \(least) to \(longest)")
        }
        return number
    }

    /// The address that `text` is, which was given as `source`: `127.0.0.1:9100`, `[::]:9100`, `localhost:9100`.
    public static func address(_ text: String, source: String) throws(WatchSettingsError) -> SocketAddress {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 1, let port = parts.last.flatMap({ UInt16($0) }), port > 0 else {
            throw WatchSettingsError(source, text, expected: "ADDRESS:PORT, such as 127.0.0.1:9100")
        }
        var host = parts.dropLast().joined(separator: ":")
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        let address = SocketAddress(host: host == "localhost" ? "127.0.0.1" : host, port: port)
        guard address.isNumeric else {
            throw WatchSettingsError(source, text, expected: "a numeric ADDRESS:PORT, such as 0.0.0.0:9100")
        }
        return address
    }

    /// The engine: by `host` where it is given, then autoheal's `DOCKER_SOCK`, then as the docker command finds it.
    public static func endpoint(
        host: String?, environment: [String: String]
    ) throws(EngineEndpointError) -> EngineEndpoint {
        guard host == nil, let socket = environment["DOCKER_SOCK"], !socket.isEmpty else {
            return try EngineEndpoint.find(environment, host: host)
        }
        guard socket.hasPrefix("tcps://") else { return try EngineEndpoint.parse(socket, source: "DOCKER_SOCK") }
        let files = EngineEndpoint.TLSFiles(
            authority: "/certs/ca.pem", certificate: "/certs/client-cert.pem", key: "/certs/client-key.pem")
        return EngineEndpoint(.network("https://" + socket.dropFirst("tcps://".count), files), source: "DOCKER_SOCK")
    }
}

/// A variable that makes no sense.
public struct WatchSettingsError: Error, Equatable, CustomStringConvertible {
    /// One sentence.
    public let description: String

    init(_ name: String, _ value: String, expected: String) {
        description = "\(name) is '\(value)'; expected \(expected)"
    }
}
