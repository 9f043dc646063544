public import Stack

extension ComposeProject {
    /// The stack that the project describes, as Hale runs it: by itself, or in a container engine.
    ///
    /// `scale` replaces the number of instances by service. `services` limits it to those named and, unless
    /// `withoutDependencies`, what they need; empty is all. Whatever under `x-hale` is wrong is refused with its place.
    public func stack(
        scale: [String: Int] = [:], services chosen: [String] = [], withoutDependencies: Bool = false,
        runtime: StackRuntime = .processes
    ) throws(ComposeError) -> Stack {
        var problems = Problems(project: self)
        let settings = StackSettings(
            Fields(model["x-hale"], path: ["x-hale"]), problems: &problems)
        let all = model["services"]?.map ?? ComposeMap()
        for name in chosen + scale.keys.sorted() where all[name] == nil {
            problems.report(["services"], "there is no service '\(name)'", hint: nearest(name, in: all.keys))
        }
        let known = all.keys + disabledServices.keys.sorted()
        let flags = FlagLowering(services: known)
            .flags(Fields(model["x-hale"], path: ["x-hale"]).fields("flags"), &problems)
        let alerts = AlertLowering(services: known, directory: directory)
            .policy(Fields(model["x-hale"], path: ["x-hale"]), &problems)
        var services: [Service] = []
        for (name, value) in all {
            let lowering = ServiceLowering(
                name: name, fields: Fields(value, path: ["services", name]), project: self, services: known,
                scale: scale[name],
                accessLog: settings.accessLog, runtime: runtime, isBehindGateway: settings.isBehindGateway)
            services.append(lowering.service(&problems))
        }
        let internalNetworks = internalNetworks(&problems)
        FallbackChains.join(&services, model: all, inactive: disabledServices.keys, &problems)
        try problems.throwIfAny()
        let kept = Self.select(chosen, from: services, withoutDependencies: withoutDependencies)
        return Stack(
            name: name, directory: directory, services: kept,
            restartConcurrency: settings.restartConcurrency, statusAddress: settings.statusAddress(environment),
            journal: settings.journal, flags: flags, internalNetworks: internalNetworks,
            isolatesNetworks: runtime == .processes && settings.isolatesNetworks,
            containers: runtime == .processes
                ? nil : ContainerProjectLowering(project: self).containers(of: kept.map(\.name)),
            alerts: alerts)
    }

    /// By the names that they have on the machine.
    private func internalNetworks(_ problems: inout Problems) -> Set<String> {
        var names: Set<String> = []
        for (key, value) in model["networks"]?.map ?? ComposeMap() {
            let fields = Fields(value, path: ["networks", key])
            guard fields.flag("internal", &problems) == true else { continue }
            names.insert(fields.string("name", &problems) ?? key)
        }
        return names
    }

    private static func select(
        _ chosen: [String], from services: [Service], withoutDependencies: Bool
    ) -> [Service] {
        guard !chosen.isEmpty else { return services }
        let byName = Dictionary(services.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var kept = Set<String>()
        var open = chosen
        while let name = open.popLast() {
            guard kept.insert(name).inserted, !withoutDependencies else { continue }
            open += byName[name]?.dependencies.map(\.service) ?? []
        }
        return services.filter { kept.contains($0.name) }
    }
}

/// What `x-hale` at the top of the file says about the stack as a whole.
struct StackSettings {
    static let keys = [
        "status", "restart_concurrency", "journal", "flags", "network", AccessLogLowering.key, RuntimeWishLowering.key,
        GatewayLowering.key, AlertLowering.key,
    ]
    private static let networks = ["isolated", "host"]

    var restartConcurrency = 4
    var journal = JournalLimits()
    /// How services that say nothing of it log their clients; nil is not at all.
    var accessLog: AccessLogPolicy.Format?
    /// Whether services have networks of their own.
    var isolatesNetworks = true
    /// Whether the gateway is before services that say nothing of it.
    var isBehindGateway = true
    private var status: String? = "127.0.0.1:10099"

    init(_ fields: Fields, problems: inout Problems) {
        fields.allow(Self.keys, &problems)
        if let count = fields.integer("restart_concurrency", &problems) {
            if count < 1 { problems.report(fields.path + ["restart_concurrency"], "must be at least 1") }
            restartConcurrency = max(1, count)
        }
        if let address = fields.string("status", &problems) {
            status = address == "off" ? nil : address
        }
        if let network = fields.string("network", &problems) {
            if !Self.networks.contains(network) {
                problems.report(fields.path + ["network"], "expected isolated or host, not '\(network)'")
            }
            isolatesNetworks = network != "host"
        }
        // Whoever lowers the stack has asked for it before; a wrong one is said beside whatever else is wrong.
        _ = RuntimeWishLowering(hale: fields).wish(&problems)
        isBehindGateway = GatewayLowering(hale: fields).isOn(&problems) ?? isBehindGateway
        readJournal(fields.fields("journal"), &problems)
        accessLog = AccessLogLowering(hale: fields).format(&problems)
    }

    private mutating func readJournal(_ fields: Fields, _ problems: inout Problems) {
        fields.allow(["age", "size"], &problems)
        if let age = fields.duration("age", &problems) {
            if age < .seconds(60) { problems.report(fields.path + ["age"], "must be at least 1m") }
            journal.age = age
        }
        if let size = fields.size("size", &problems) {
            if size < JournalLimits.leastSize { problems.report(fields.path + ["size"], "must be at least 1MiB") }
            journal.size = size
        }
    }

    /// `HALE_STATUS_ADDRESS` comes before the file.
    func statusAddress(_ environment: [String: String]) -> String? {
        guard let address = environment["HALE_STATUS_ADDRESS"], !address.isEmpty else { return status }
        return address == "off" ? nil : address
    }
}
