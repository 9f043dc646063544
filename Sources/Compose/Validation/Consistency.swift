/// Checks that what services name is there and that what they say about themselves fits together.
struct Consistency {
    private let root: Node
    private let services: NodeMap
    private let disabled: NodeMap

    /// `root` is the model with the enabled services only.
    static func check(_ root: Node, disabled: NodeMap) throws(ComposeError) {
        let consistency = Consistency(root: root, services: root["services"]?.map ?? [:], disabled: disabled)
        for (name, service) in consistency.services { try consistency.check(service, name) }
        for (name, secret) in root["secrets"]?.map ?? [:] where secret["external"]?.bool != true {
            if secret["file"] == nil, secret["environment"] == nil {
                throw secret.place.error("secrets.\(name): expected one of file, environment")
            }
        }
        try DependencyCycle.check(consistency.services)
    }

    private func check(_ service: Node, _ name: String) throws(ComposeError) {
        let path = "services.\(name)"
        try checkOrigin(service, path)
        try checkReferences(service, path)
        try checkNetworks(service, path)
        try checkDependencies(service, path)
        try checkScale(service, path)
        try checkResources(service, path)
        try checkMounts(service, path)
        if let first = service["healthcheck"]?["test"]?.list?.first, let kind = first.string,
            !["CMD", "CMD-SHELL", "NONE"].contains(kind)
        {
            throw first.place.error("\(path).healthcheck.test: expected CMD, CMD-SHELL or NONE, found \"\(kind)\"")
        }
        for watch in service["develop"]?["watch"]?.list ?? [] where watch["target"] == nil {
            let action = watch["action"]?.string ?? ""
            if action != "rebuild", action != "restart" {
                throw watch.place.error("\(path).develop.watch: action \(action) needs a target")
            }
        }
    }

    private func checkOrigin(_ service: Node, _ path: String) throws(ComposeError) {
        let build = service["build"]
        if build == nil, service["image"] == nil, service["provider"] == nil, service["x-hale"]?["run"] == nil {
            throw service.place.error("\(path): expected an image, a build or x-hale.run", hint: "add image: NAME")
        }
        guard let build else { return }
        if build["dockerfile"] != nil, let inline = build["dockerfile_inline"] {
            throw inline.place.error("\(path).build: expected only one of dockerfile, dockerfile_inline")
        }
        for (_, context) in build["additional_contexts"]?.map ?? [:] {
            guard let text = context.string, text.hasPrefix("service:") else { continue }
            let target = String(text.dropFirst("service:".count))
            guard let other = services[target] else { throw unknown("service", target, context, path, services.keys) }
            if other["build"] == nil { throw context.place.error("\(path): service '\(target)' is not built") }
        }
        let platforms = (build["platforms"]?.list ?? []).compactMap(\.string)
        if let platform = service["platform"]?.string, !platforms.isEmpty, !platforms.contains(platform) {
            throw (build["platforms"] ?? build).place.error("\(path).build.platforms: platform \(platform) is missing")
        }
    }

    private func unknown(
        _ kind: String, _ name: String, _ node: Node, _ path: String, _ candidates: [String]
    ) -> ComposeError {
        let hint =
            nearest(name, in: candidates).map { "did you mean '\($0)'?" }
            ?? (kind == "service" ? nil : "declare it under \(kind)s")
        return node.place.error("\(path): \(kind) '\(name)' is not defined", hint: hint)
    }

    private func checkReferences(_ service: Node, _ path: String) throws(ComposeError) {
        func check(_ kind: String, _ nodes: [Node]) throws(ComposeError) {
            let defined = root[kind + "s"]?.map ?? [:]
            for node in nodes {
                let name = node["source"]?.string ?? ""
                if defined[name] == nil { throw unknown(kind, name, node["source"] ?? node, path, defined.keys) }
            }
        }
        let volumes = (service["volumes"]?.list ?? []).filter {
            $0["type"]?.string == "volume" && $0["source"] != nil
        }
        try check("volume", volumes)
        try check("secret", (service["build"]?["secrets"]?.list ?? []) + (service["secrets"]?.list ?? []))
        try check("config", service["configs"]?.list ?? [])
        let models = root["models"]?.map ?? [:]
        for (name, model) in service["models"]?.map ?? [:] where models[name] == nil {
            throw unknown("model", name, model, path, models.keys)
        }
    }

    private func checkNetworks(_ service: Node, _ path: String) throws(ComposeError) {
        let networks = service["networks"]?.map ?? [:]
        let defined = root["networks"]?.map ?? [:]
        if let mode = service["network_mode"] {
            if !networks.isEmpty { throw mode.place.error("\(path): expected only one of network_mode, networks") }
            if let text = mode.string, text.hasPrefix("service:") {
                let target = String(text.dropFirst("service:".count))
                if services[target] == nil { throw unknown("service", target, mode, path, services.keys) }
            }
        }
        for (name, network) in networks where defined[name] == nil {
            throw unknown("network", name, network, path, defined.keys)
        }
    }

    private func checkDependencies(_ service: Node, _ path: String) throws(ComposeError) {
        for (name, dependency) in service["depends_on"]?.map ?? [:] where services[name] == nil {
            let isRequired = dependency["required"]?.bool ?? true
            guard let other = disabled[name] else {
                throw unknown("service", name, dependency, path + ".depends_on", services.keys)
            }
            if !isRequired { continue }
            let profiles = (other["profiles"]?.list ?? []).compactMap(\.string).joined(separator: ", ")
            throw dependency.place.error(
                "\(path).depends_on: service '\(name)' is switched off", hint: "its profiles are \(profiles)")
        }
    }

    private func checkScale(_ service: Node, _ path: String) throws(ComposeError) {
        let replicas = service["deploy"]?["replicas"]
        if let own = service["scale"], let other = replicas?.integer, own.integer != other {
            throw own.place.error("\(path): scale and deploy.replicas differ", hint: "use one of them")
        }
        guard let node = service["scale"] ?? replicas, let count = node.integer else { return }
        if count < 0 { throw node.place.error("\(path): expected a number from 0 up, found \(count)") }
        if count > 1, let name = service["container_name"] {
            throw name.place.error("\(path): \(count) instances cannot share one container_name")
        }
    }

    private func checkResources(_ service: Node, _ path: String) throws(ComposeError) {
        let resources = service["deploy"]?["resources"]
        let pairs = [
            ("cpus", "limits", "cpus"), ("mem_limit", "limits", "memory"),
            ("mem_reservation", "reservations", "memory"), ("pids_limit", "limits", "pids"),
        ]
        for (key, kind, other) in pairs {
            guard let value = service[key], let group = resources?[kind], group[other] != value else { continue }
            throw value.place.error(
                "\(path): \(key) and deploy.resources.\(kind).\(other) differ", hint: "use one of them")
        }
    }

    private func checkMounts(_ service: Node, _ path: String) throws(ComposeError) {
        var mounts = Set<String>()
        for node in service["tmpfs"]?.list ?? [] {
            let target = String((node.string ?? "").prefix { $0 != ":" })
            if !mounts.insert(target).inserted { throw node.place.error("\(path): \(target) is mounted twice") }
        }
        for node in service["volumes"]?.list ?? [] {
            let target = node["target"]?.string ?? ""
            if !mounts.insert(target).inserted { throw node.place.error("\(path): \(target) is mounted twice") }
        }
    }
}
