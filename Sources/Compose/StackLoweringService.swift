internal import Stack

/// Turns one service of the canonical model into what Hale runs.
struct ServiceLowering {
    /// Keys under a service's `x-hale` that this version acts upon.
    static let keys = [
        "run", "check", "confirm", "restart", "hold", "notify", "watchdog", "critical", "drain", GatewayLowering.key,
    ]

    let name: String
    let fields: Fields
    let project: ComposeProject
    /// The names of all services, those of profiles that are not active included.
    let services: [String]
    let scale: Int?
    /// How clients are logged where the service does not say; nil is not at all.
    let accessLog: AccessLogPolicy.Format?
    let runtime: StackRuntime
    /// Whether the gateway is before it where the service does not say.
    let isBehindGateway: Bool

    private var extensionFields: Fields { fields.fields("x-hale") }

    func service(_ problems: inout Problems) -> Service {
        let hale = extensionFields
        hale.allow(
            Self.keys + TrafficLowering.keys + TLSLowering.keys + [AccessLogLowering.key, MemoryLowering.key]
                + ExtensionNotices.reservedKeys, &problems)
        var service = Service(name: name, launch: launch(hale, &problems))
        service.replicas = replicas(&problems)
        if service.replicas > 1, service.launch.container?.name != nil {
            problems.report(
                fields.path + ["container_name"], "\(service.replicas) instances cannot share one container_name")
        }
        service.dependencies = dependencies(&problems)
        service.ports = ports(&problems)
        service.exposed = exposed(&problems)
        service.check = check(hale, firstPort: service.ports.first?.target ?? service.exposed.first, &problems)
        service.restart = RestartLowering(fields: fields, hale: hale, hasCheck: service.check != nil).policy(&problems)
        service.stop = stop(&problems)
        service.hold = HoldLowering(hale: hale).time(&problems) ?? service.hold
        service.traffic = TrafficLowering(
            hale: hale, ports: ServicePorts.ports(of: service), services: services
        ).policy(&problems)
        TrafficLowering.requireHTTP(service, hale, &problems)
        TLSLowering(hale: hale, service: service, project: project).apply(to: &service.traffic, &problems)
        service.hooks = LifecycleHooks(postStart: hooks("post_start", &problems), preStop: hooks("pre_stop", &problems))
        service.critical = hale.flag("critical", &problems) ?? false
        service.image = service.launch.container?.image ?? fields["image"]?.scalarText
        service.build =
            runtime == .processes ? nil : BuildLowering(name: name, service: fields, project: project).build()
        service.logging = logging(&problems)
        service.traffic.accessLog = AccessLogLowering(hale: hale).policy(
            inherited: accessLog, ports: ServicePorts.ports(of: service), rotation: service.logging, &problems)
        let updates = UpdateLowering(deploy: fields.fields("deploy"))
        service.update = updates.update(&problems)
        service.rollback = updates.rollback(&problems)
        service.drain = hale.duration("drain", &problems)
        service.memory = MemoryLowering(hale: hale).policy(&problems)
        if runtime == .containers { refuseNotifications(hale, &problems) }
        service.naming = NamesLowering(fields: fields, project: project).names(&problems)
        return service
    }

    /// The socket of sd_notify is a process's own.
    private func refuseNotifications(_ hale: Fields, _ problems: inout Problems) {
        for key in ["notify", "watchdog"] where hale[key] != nil && hale[key] != .bool(false) {
            problems.report(hale.path + [key], "reaches no container; use a check, or a heartbeat over HTTP")
        }
    }

    private func launch(_ hale: Fields, _ problems: inout Problems) -> LaunchSpecification {
        var launch = LaunchSpecification(command: words(fields["entrypoint"]) + words(fields["command"]))
        launch.resources = ResourceLowering(fields: fields).limits(&problems)
        let volumes = (fields["volumes"]?.list ?? []).filter { $0["type"] == .string("volume") }
        launch.notify = hale.flag("notify", &problems) ?? false
        launch.watchdog = hale.duration("watchdog", &problems)
        let isBehindGateway = GatewayLowering(hale: hale).isOn(&problems) ?? isBehindGateway
        switch runtime {
        case .processes:
            launch.volumes = volumes.compactMap { $0["source"]?.scalarText }
            readProcess(into: &launch, hale, &problems)
        case .containers:
            // An engine keeps it from writing to the others: they are no data of its own.
            launch.volumes = volumes.filter { $0["read_only"] != .bool(true) }.compactMap { $0["source"]?.scalarText }
            launch.container = ContainerLowering(
                name: name, fields: fields, project: project, isBehindGateway: isBehindGateway
            ).container(&problems)
        }
        return launch
    }

    private func readProcess(into launch: inout LaunchSpecification, _ hale: Fields, _ problems: inout Problems) {
        launch.command = command(hale, otherwise: launch.command, &problems)
        for (name, value) in fields["environment"]?.map ?? ComposeMap() {
            launch.environment[name] = value.scalarText
        }
        launch.workingDirectory = fields.string("working_dir", &problems)
        launch.user = fields.string("user", &problems)
        let files = MountedFileLowering(project: project)
        launch.files = files.files("secrets", of: fields, &problems) + files.files("configs", of: fields, &problems)
    }

    /// `x-hale.run`, or where there is none the service's own entrypoint and command.
    private func command(_ hale: Fields, otherwise words: [String], _ problems: inout Problems) -> [String] {
        guard let run = hale["run"] else { return words }
        if run.list != nil { return hale.strings("run", &problems) ?? [] }
        guard let text = hale.string("run", &problems) else { return [] }
        do {
            let words = try ShellWords.split(text)
            if words.isEmpty { problems.report(hale.path + ["run"], "is empty") }
            return words
        } catch {
            problems.report(hale.path + ["run"], "\(error)")
            return []
        }
    }

    private func words(_ value: ComposeValue?) -> [String] {
        (value?.list ?? []).compactMap(\.scalarText)
    }

    private func replicas(_ problems: inout Problems) -> Int {
        let wanted =
            scale ?? fields.fields("deploy").integer("replicas", &problems) ?? fields.integer("scale", &problems) ?? 1
        guard (0...10_000).contains(wanted) else {
            problems.report(fields.path + ["deploy", "replicas"], "must be from 0 to 10000")
            return 1
        }
        return wanted
    }

    private func dependencies(_ problems: inout Problems) -> [Dependency] {
        let map = fields["depends_on"]?.map ?? ComposeMap()
        return map.map { name, value in
            let details = Fields(value, path: fields.path + ["depends_on", name])
            let condition = details.string("condition", &problems).flatMap(Dependency.Condition.init)
            return Dependency(
                name, condition: condition ?? .started, restart: details.flag("restart", &problems) ?? false,
                required: details.flag("required", &problems) ?? true)
        }
    }

    private func ports(_ problems: inout Problems) -> [PublishedPort] {
        (fields["ports"]?.list ?? []).enumerated().flatMap { index, value -> [PublishedPort] in
            let details = Fields(value, path: fields.path + ["ports", "\(index)"])
            guard let target = details.port("target", &problems) else { return [] }
            var port = PublishedPort(
                address: details.string("host_ip", &problems), published: nil, target: target,
                transport: details.string("protocol", &problems) ?? "tcp",
                application: details.string("app_protocol", &problems).flatMap(ApplicationProtocol.init(composeName:)))
            guard let published = details.string("published", &problems), !published.isEmpty, published != "0" else {
                return [port]
            }
            let ends = published.split(separator: "-").map { UInt16($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else {
                problems.report(details.path + ["published"], "expected a port or a range of ports")
                return []
            }
            // A range for one target gives every instance a port in Docker; behind Hale's gateway one port serves all.
            port.published = first
            return [port]
        }
    }

    private func exposed(_ problems: inout Problems) -> [UInt16] {
        (fields["expose"]?.list ?? []).flatMap { value -> [UInt16] in
            let text = (value.scalarText ?? "").split(separator: "/").first ?? ""
            let ends = text.split(separator: "-").map { UInt16($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else { return [] }
            return Array(first...last)
        }
    }

    private func check(_ hale: Fields, firstPort: UInt16?, _ problems: inout Problems) -> HealthCheck? {
        let health = fields.fields("healthcheck")
        let own = hale.fields("check")
        let native = CheckExtension(fields: own, servicePort: firstPort).probe(&problems)
        guard let probe = native ?? command(of: health) else { return nil }
        var check = HealthCheck(probe: probe)
        if health.value == nil, native != nil {
            // Where only x-hale speaks there is no Docker timing to keep: ask more often than Docker would.
            check.interval = .seconds(10)
            check.timeout = .seconds(5)
        }
        for timing in [health] + (native != nil && own.value?.map != nil ? [own] : []) {
            check.interval = positive(timing.duration("interval", &problems)) ?? check.interval
            check.timeout = positive(timing.duration("timeout", &problems)) ?? check.timeout
            check.startPeriod = timing.duration("start_period", &problems) ?? check.startPeriod
            check.startInterval = positive(timing.duration("start_interval", &problems)) ?? check.startInterval
            check.retries = timing.integer("retries", &problems).flatMap { $0 > 0 ? $0 : nil } ?? check.retries
        }
        check.confirm = confirm(hale, &problems)
        return check
    }

    /// Docker takes zero for "use the default".
    private func positive(_ duration: Duration?) -> Duration? {
        duration.flatMap { $0 > .zero ? $0 : nil }
    }

    private func command(of health: Fields) -> Probe? {
        guard health["disable"] != .bool(true), let test = health["test"]?.list else { return nil }
        let words = test.compactMap(\.scalarText)
        switch words.first {
        case "CMD": return words.count > 1 ? .command(Array(words.dropFirst())) : nil
        case "CMD-SHELL": return words.count > 1 ? .shell(words[1]) : nil
        default: return nil
        }
    }

    private func confirm(_ hale: Fields, _ problems: inout Problems) -> Duration? {
        guard let value = hale["confirm"] else { return .seconds(1) }
        if value == .bool(false) || value == .string("off") { return nil }
        return hale.duration("confirm", &problems)
    }

    private func stop(_ problems: inout Problems) -> StopPolicy {
        var policy = StopPolicy()
        if let text = fields.string("stop_signal", &problems) {
            if let signal = SignalNames.number(text) {
                policy.signal = signal
            } else {
                problems.report(fields.path + ["stop_signal"], "unknown signal '\(text)'", hint: "SIGTERM")
            }
        }
        policy.grace = fields.duration("stop_grace_period", &problems) ?? policy.grace
        return policy
    }

    private func hooks(_ key: String, _ problems: inout Problems) -> [LifecycleHooks.Hook] {
        (fields[key]?.list ?? []).enumerated().map { index, value in
            let details = Fields(value, path: fields.path + [key, "\(index)"])
            var hook = LifecycleHooks.Hook(command: words(details["command"]))
            hook.user = details.string("user", &problems)
            hook.workingDirectory = details.string("working_dir", &problems)
            for (name, value) in details["environment"]?.map ?? ComposeMap() {
                hook.environment[name] = value.scalarText
            }
            return hook
        }
    }

    private func logging(_ problems: inout Problems) -> LogRotation {
        let options = fields.fields("logging").fields("options")
        var rotation = LogRotation()
        if let size = options.string("max-size", &problems).flatMap(ByteSize.parse), size >= 1_024 {
            rotation.size = size
        }
        if let files = options.integer("max-file", &problems), files > 0 { rotation.files = files }
        return rotation
    }
}
