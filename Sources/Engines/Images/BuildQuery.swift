internal import Stack

extension RequestQuery {
    /// What the engine's own builder is told; nil for `dockerfile` leaves that to it.
    init(of build: ImageBuild, dockerfile: String?) {
        for name in [build.image] + build.tags { add("t", name) }
        if let dockerfile { add("dockerfile", dockerfile) }
        if !build.context.hasPrefix("/") { add("remote", build.context) }
        if !build.arguments.isEmpty { add("buildargs", json: build.arguments) }
        if !build.labels.isEmpty { add("labels", json: build.labels) }
        if !build.cacheFrom.isEmpty { add("cachefrom", json: build.cacheFrom) }
        if let target = build.target { add("target", target) }
        if build.noCache { add("nocache", "1") }
        if build.pull { add("pull", "1") }
        if let network = build.network { add("networkmode", network) }
        if let bytes = build.sharedMemory { add("shmsize", "\(bytes)") }
        for host in build.extraHosts { add("extrahosts", host) }
        if let isolation = build.isolation { add("isolation", isolation) }
        if let platform = build.platform { add("platform", platform.lowercased()) }
        // A step that fails leaves its container behind otherwise.
        add("rm", "1")
        add("forcerm", "1")
    }
}
