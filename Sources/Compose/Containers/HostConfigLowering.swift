/// `HostConfig`: what a container may do and use of the host, but for its mounts and networks.
struct HostConfigLowering {
    let service: Fields
    let project: ComposeProject

    func host(_ problems: inout Problems) -> ComposeMap {
        var host = ComposeMap()
        // Hale restarts it; two who do would fight.
        host["RestartPolicy"] = .map(["Name": .string("no")])
        host["AutoRemove"] = .bool(false)
        host["PortBindings"] = EnginePorts(service: service).bindings
        for (key, word) in Self.taken { host[word] = service[key] }
        readNames(into: &host, &problems)
        readLogging(into: &host)
        SecurityLowering(service: service, project: project).apply(to: &host, &problems)
        ResourceConfigLowering(service: service).apply(to: &host)
        DeviceLowering(service: service).apply(to: &host)
        return host
    }

    /// Keys whose values the engine takes as they are.
    private static let taken = [
        ("annotations", "Annotations"), ("cap_add", "CapAdd"), ("cap_drop", "CapDrop"), ("cgroup", "CgroupnsMode"),
        ("dns_opt", "DnsOptions"), ("dns_search", "DnsSearch"), ("group_add", "GroupAdd"), ("init", "Init"),
        ("isolation", "Isolation"), ("oom_score_adj", "OomScoreAdj"), ("privileged", "Privileged"),
        ("read_only", "ReadonlyRootfs"), ("runtime", "Runtime"), ("storage_opt", "StorageOpt"),
        ("sysctls", "Sysctls"), ("userns_mode", "UsernsMode"), ("uts", "UTSMode"),
    ]

    private func readNames(into host: inout ComposeMap, _ problems: inout Problems) {
        for (key, word) in [("pid", "PidMode"), ("ipc", "IpcMode")] {
            let mode = service[key]?.scalarText
            host[word] = SharesLowering.service(of: mode) == nil ? mode.map(ComposeValue.string) : nil
        }
        host["ExtraHosts"] = .unlessEmpty(EngineHosts.entries(service))
        host["Dns"] = service["dns"]
        for (index, address) in service.texts("dns").enumerated() where !AddressSyntax.isAddress(address) {
            problems.report(service.path + ["dns", "\(index)"], "expected an IP address, found '\(address)'")
        }
        if service["network_mode"] != nil { host["Links"] = service["external_links"].map(EngineHosts.links) }
    }

    private func readLogging(into host: inout ComposeMap) {
        let logging = service.fields("logging")
        var configuration = ComposeMap()
        configuration["Type"] = logging["driver"]
        configuration["Config"] = logging["options"]
        host["LogConfig"] = .unlessEmpty(configuration)
    }
}

/// Names of machines as the engine writes them.
enum EngineHosts {
    /// `extra_hosts`, `NAME:ADDRESS`.
    static func entries(_ fields: Fields) -> [String] {
        fields.texts("extra_hosts").map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.joined(separator: ":")
        }
    }

    /// `CONTAINER` is short for `CONTAINER:CONTAINER`.
    static func link(_ text: String) -> String {
        text.contains(":") ? text : "\(text):\(text)"
    }

    static func links(_ value: ComposeValue) -> ComposeValue {
        .list((value.list ?? []).compactMap(\.scalarText).map { .string(link($0)) })
    }
}
