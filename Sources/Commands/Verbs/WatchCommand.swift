internal import Control
internal import Engines
internal import Platform
internal import Stack
internal import Watcher

/// `hale watch`.
struct WatchCommand: Command {
    private static let label = Option.value(
        "label", of: "NAME", help: "only containers whose label NAME is 'true'; 'all' is all with a health check")
    private static let host = Option.value(
        "host", "H", of: "ADDRESS", help: "where the engine listens, as unix:///PATH or tcp://HOST:PORT")

    private static let listen = Option.value(
        "listen", of: "ADDRESS:PORT", help: "serve /metrics, /status and /healthz there (or HALE_WATCH_LISTEN)")
    private static let health = Option.flag(
        "health", help: "ask the 'hale watch' that listens there whether it is well; code 1 where it is not")

    static let manual = Manual(
        verb: "watch", summary: "Heal containers of Docker or Podman that Hale did not start",
        details: """
            Restarts containers whose health check fails, in the foreground until it is ended. It needs no Compose file and
            leaves alone what a person has stopped or paused. What a container needs (depends_on of Compose) is healed
            first, and the container itself only if it stays unhealthy; what shares the network, process or IPC namespace
            of a restarted container is restarted as well. Five restarts in five minutes that do not help are enough: the
            container is quarantined for fifteen minutes, and after three of these until it is healthy again.

            The engine is found as the docker command finds it: by DOCKER_HOST, DOCKER_CONTEXT and ~/.docker, then at
            /var/run/docker.sock and at Podman's sockets. The variables of willfarrell/autoheal mean the same here:
            AUTOHEAL_CONTAINER_LABEL, AUTOHEAL_INTERVAL, AUTOHEAL_START_PERIOD, AUTOHEAL_DEFAULT_STOP_TIMEOUT,
            AUTOHEAL_ONLY_MONITOR_RUNNING, WEBHOOK_URL, WEBHOOK_JSON_KEY, APPRISE_URL, POST_RESTART_SCRIPT, DOCKER_SOCK,
            CURL_TIMEOUT, and the labels autoheal=false and autoheal.stop.timeout=SECONDS.

            What happened is kept: 'hale -p watch incidents' and 'hale -p watch events' show it, at any time.
            """,
        options: [label, host, listen, health],
        examples: [
            .init(line: "hale watch", meaning: "every container with a health check"),
            .init(line: "hale watch --label autoheal", meaning: "those labelled autoheal=true"),
            .init(line: "hale watch --listen 127.0.0.1:9100", meaning: "with metrics for Prometheus"),
        ])

    private let chosenLabel: String?
    private let address: String?
    private let listenAddress: String?
    private let asksHealth: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        chosenLabel = arguments.value(Self.label)
        address = arguments.value(Self.host)
        listenAddress = arguments.value(Self.listen)
        asksHealth = arguments.isOn(Self.health)
    }

    func run(in session: Session) throws -> ExitCode {
        var settings = try WatchSettings(environment: session.environment)
        if let chosenLabel { settings.choice = chosenLabel == "all" ? .all : .label(chosenLabel) }
        if let listenAddress { settings.listen = try WatchSettings.address(listenAddress, source: "--listen") }
        if asksHealth { return try askHealth(at: settings.listen) }
        let endpoint = try WatchSettings.endpoint(host: address, environment: session.environment)
        let manager = session.serviceManager
        let console = session.console
        let reporter = WatchReporter(
            line: { sentence in
                manager?.tell(ServiceManager.status(sentence))
                try? console.print("\(Timestamp.format(nanosecondsSince1970: Calendar.now())) \(sentence)\n")
                try? console.flush()
            },
            ready: { sentence in manager?.tell("READY=1", ServiceManager.status(sentence)) },
            alive: { manager?.tell("WATCHDOG=1") },
            aliveInterval: manager?.watchdog.map { $0 / 3 })
        reporter.line("watching the engine at \(endpoint.description)")
        try Watcher.run(
            settings, at: endpoint, keepingIn: Locations(project: "watch", environment: session.environment), reporter)
        manager?.tell("STOPPING=1")
        return .success
    }

    private func askHealth(at address: SocketAddress?) throws -> ExitCode {
        guard let address else { throw UsageError("--health needs --listen or HALE_WATCH_LISTEN, to know whom to ask") }
        if let problem = MonitorClient.problem(at: address, path: "/healthz") { throw CommandFailure(problem) }
        return .success
    }
}
