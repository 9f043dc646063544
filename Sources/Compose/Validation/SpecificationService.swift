extension Specification {
    /// A service.
    static let service = Record([
        ("profiles", .texts),
        ("annotations", .labels),
        ("attach", .flag.with(form: .optionalFlag)),
        ("build", Shape.record(build).or(.text)),
        ("develop", Shape.record(develop).or(.nothing)),
        ("blkio_config", .record(blockDevices)),
        ("cap_add", .texts),
        ("cap_drop", .texts),
        ("cgroup_parent", .text),
        ("cgroup", .choice("host", "private")),
        ("cpu_count", Shape.whole.within(0...Int64.max)),
        ("cpu_percent", Shape([.whole, .text], .number).within(0...100)),
        ("cpu_period", .number.with(form: .whole)),
        ("cpu_quota", .number.with(form: .whole)),
        ("cpu_rt_period", .number.with(form: .whole)),
        ("cpu_rt_runtime", .number.with(form: .whole)),
        ("cpus", .number),
        ("cpuset", .text),
        ("cpu_shares", .number.with(form: .whole)),
        ("command", .command),
        ("configs", .list(of: Shape.record(fileReference).or(.text))),
        ("container_name", .text(.containerName)),
        ("credential_spec", .record(Record([("config", .text), ("file", .text), ("registry", .text)]))),
        ("depends_on", dependencies),
        ("deploy", Shape.record(deploy).or(.nothing)),
        ("device_cgroup_rules", .texts),
        ("devices", .list(of: Shape.record(device).or(.text))),
        ("dns", .textOrTexts),
        ("dns_opt", .texts),
        ("dns_search", .textOrTexts),
        ("domainname", .text),
        ("entrypoint", .command),
        ("provider", .record(Record([("type", .text), ("options", providerOptions)], required: ["type"]))),
        ("environment", .pairs.with(form: .environment)),
        ("env_file", environmentFiles),
        ("expose", .list(of: Shape([.text, .number], .text), isUnique: true, form: .texts)),
        ("extends", extends),
        ("external_links", .texts),
        ("extra_hosts", hosts),
        ("group_add", .list(of: Shape([.text, .number], .text), isUnique: true, form: .texts)),
        ("gpus", gpus),
        ("hostname", .text),
        ("healthcheck", .record(healthcheck)),
        ("image", .text),
        ("init", .flag.with(form: .optionalFlag)),
        ("ipc", .text),
        ("isolation", .text),
        ("labels", .labels),
        ("label_file", Shape.manyTexts.or(.text)),
        ("links", .texts),
        ("logging", .record(Record([("driver", .text), ("options", loggingOptions)]))),
        ("mem_limit", .bytes),
        ("mem_reservation", Shape([.whole, .text], .bytes)),
        ("memswap_limit", .bytes),
        ("mem_swappiness", Shape([.whole, .text], .bytes)),
        ("mac_address", .text),
        ("models", models),
        ("network_mode", .text),
        ("networks", networks),
        ("oom_kill_disable", .flag),
        ("oom_score_adj", Shape.whole.within(-1_000...1_000)),
        ("pid", Shape([.text, .nothing], .text)),
        ("pids_limit", .number.with(form: .whole)),
        ("platform", .text),
        ("ports", .list(of: Shape.record(port).or([.text, .number]), isUnique: true)),
        ("privileged", .flag),
        ("pull_policy", .text(.pullPolicy)),
        ("pull_refresh_after", .text.with(form: .dropped)),
        ("read_only", .flag),
        ("restart", .text),
        ("runtime", .text),
        ("scale", .whole.with(form: .optionalWhole)),
        ("secrets", .list(of: Shape.record(fileReference).or(.text))),
        ("security_opt", .texts),
        ("shm_size", .bytes),
        ("stdin_open", .flag),
        ("stop_grace_period", .duration),
        ("stop_signal", .text),
        ("storage_opt", storageOptions),
        ("sysctls", .labels),
        ("tmpfs", .textOrTexts),
        ("tty", .flag),
        ("ulimits", ulimits),
        ("use_api_socket", Shape(.flag, .flag)),
        ("user", .text),
        ("userns_mode", .text),
        ("uts", .text),
        ("volumes", .list(of: Shape.record(serviceVolume).or(.text), isUnique: true)),
        ("volumes_from", .texts),
        ("working_dir", .text),
        ("pre_start", .list(of: .record(startHook))),
        ("post_start", .list(of: .record(hook))),
        ("pre_stop", .list(of: .record(hook))),
    ])

    private static let healthcheck = Record([
        ("test", Shape.list(of: .text, form: .test).or(.text)), ("timeout", .duration), ("interval", .duration),
        ("retries", .number.with(form: .optionalWhole)), ("start_period", .duration), ("start_interval", .duration),
        ("disable", .flag),
    ])

    private static let port = Record([
        ("name", .text), ("mode", .text), ("host_ip", .text), ("target", .whole),
        ("published", Shape([.text, .whole], .text)), ("protocol", .text), ("app_protocol", .text),
    ])

    private static let device = Record(
        [("source", .text), ("target", .text), ("permissions", .text)], required: ["source"])

    static let fileReference = Record([
        ("source", .text), ("target", .text), ("uid", .text), ("gid", .text),
        ("mode", .number.with(form: .fileMode)),
    ])

    private static let dependencies: Shape = {
        let dependency = Record(
            [
                ("condition", .choice("service_started", "service_healthy", "service_completed_successfully")),
                ("restart", .flag), ("required", Shape(.flag, .optionalFlag)),
            ], required: ["condition"])
        return Shape.named(.record(dependency), isRestricted: true).orList(of: .text, isUnique: true)
    }()

    private static let environmentFiles: Shape = {
        let file = Record(
            [("path", .text), ("required", .flag.with(form: .flagUnlessTrue)), ("format", .text)],
            required: ["path"], isExtensible: false)
        return Shape.list(of: Shape.record(file).or(.text)).or(.text)
    }()

    private static let extends = Shape.record(
        Record([("file", .text), ("service", .text)], required: ["service"], isExtensible: false)
    ).or(.text)

    static let hosts: Shape = {
        let addresses = Shape.list(of: .text).or(.text)
        return Shape.named(addresses, form: .hosts).orList(of: .text, isUnique: true)
    }()

    static let ulimits: Shape = {
        let limits = Record([("soft", .whole), ("hard", .whole)], required: ["soft", "hard"])
        return .named(Shape.record(limits).or([.whole, .text]).with(form: .limit))
    }()

    private static let networks: Shape = {
        let network = Record([
            ("aliases", .texts), ("driver_opts", .options), ("gw_priority", .wholeNumber), ("interface_name", .text),
            ("ipv4_address", .text), ("ipv6_address", .text), ("link_local_ips", .texts), ("mac_address", .text),
            ("priority", .wholeNumber),
        ])
        return Shape.named(Shape.record(network).or(.nothing), isRestricted: true).orList(of: .text, isUnique: true)
    }()

    private static let models: Shape = {
        let model = Record([("endpoint_var", .text), ("model_var", .text)])
        return Shape.named(Shape.record(model).or(.nothing), isRestricted: true, ignoresOtherNames: true)
            .orList(of: .text, isUnique: true)
    }()

    private static let loggingOptions = Shape.named(Shape([.text, .number, .nothing], .text), form: .texted)
    private static let storageOptions = Shape.named(.anything, form: .texted)

    private static let providerOptions: Shape = {
        let scalar = Shape([.text, .number, .flag], .text)
        var value = Shape.list(of: scalar)
        value.scalars = scalar.scalars
        return .named(value, form: .multiple)
    }()

    private static let serviceVolume = Record(
        [
            ("type", .choice("bind", "volume", "tmpfs", "cluster", "npipe", "image")), ("source", .text),
            ("target", .text), ("read_only", .flag), ("consistency", .text), ("bind", .record(bind)),
            ("volume", .record(Record([("labels", .labels), ("nocopy", .flag), ("subpath", .text)]))),
            ("tmpfs", .record(temporary)), ("image", .record(Record([("subpath", .text)]))),
        ], required: ["type"])

    private static let bind = Record([
        ("selinux", .choice("z", "Z")), ("propagation", .text),
        ("create_host_path", .flag.with(form: .flagUnlessTrue)),
        ("recursive", .choice("enabled", "disabled", "writable", "readonly")),
    ])

    private static let temporary = Record([
        ("size", Shape([.whole, .text], .bytes).within(0...Int64.max)), ("mode", .number.with(form: .whole)),
    ])

    private static let hook = Record(
        [
            ("command", .command), ("user", .text), ("privileged", .flag), ("working_dir", .text),
            ("environment", .pairs.with(form: .environment)),
        ], required: ["command"])

    private static let startHook = Record([
        ("command", .command), ("image", .text), ("user", .text), ("privileged", .flag), ("working_dir", .text),
        ("environment", .pairs.with(form: .environment)), ("per_replica", .flag),
    ])

    private static let develop = Record([
        (
            "watch",
            .list(
                of: .record(
                    Record(
                        [
                            ("path", .text),
                            ("action", .choice("rebuild", "sync", "restart", "sync+restart", "sync+exec")),
                            ("target", .text), ("exec", Shape.record(hook).with(form: .recordUnlessEmpty)),
                            ("include", .textOrTexts),
                            ("ignore", .textOrTexts), ("initial_sync", Shape(.flag, .flag)),
                        ], required: ["path", "action"])))
        )
    ])

    private static let blockDevices: Record = {
        let limits = Shape.list(of: .record(Record([("path", .text), ("rate", .bytes)], isExtensible: false)))
        let weights = Shape.list(of: .record(Record([("path", .text), ("weight", .whole)], isExtensible: false)))
        return Record(
            [
                ("weight", .whole), ("weight_device", weights), ("device_read_bps", limits),
                ("device_read_iops", limits), ("device_write_bps", limits), ("device_write_iops", limits),
            ], isExtensible: false)
    }()
}

extension Shape {
    /// A number, which has to be given as one.
    static let wholeNumber = Shape(.number, .whole)
}
