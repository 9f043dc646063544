internal import Engines
internal import Stack

/// What the engine is asked for when a container is created: the service's configuration, and what depends on the instance,
/// on other containers and on this machine.
struct ContainerRequest {
    let instance: InstanceID
    let service: Service
    let stack: Stack
    let specification: ContainerSpecification
    /// The containers of the services that it shares something with, by service.
    let companions: [String: String]
    /// Names and addresses by which it finds others through the gateway.
    let hosts: [(name: String, address: String)]
    /// Its memory limit in bytes, where that was raised.
    let memory: Int64?
    /// The name under which its service is found in any case without the gateway between.
    private var directName: String { "direct.\(service.name)" }

    /// Its name in the engine.
    var name: String { Self.name(of: instance, specification, in: stack) }

    private static func name(of instance: InstanceID, _ specification: ContainerSpecification?, in stack: Stack)
        -> String
    {
        specification?.name ?? "\(stack.name)-\(instance.service)-\(instance.number)"
    }

    /// The body of the call.
    func body() throws(LaunchError) -> JSONValue {
        guard var body = JSONValue(json: specification.configuration), case .object = body else {
            throw LaunchError(
                "the configuration that was kept of \(instance.service) cannot be read; run 'hale up' again")
        }
        body["Labels"] = .object((body["Labels"]?.members ?? [:]).merging(labels) { _, own in own })
        body["HostConfig"] = try hostConfiguration(body["HostConfig"] ?? .object([:]))
        if let first = specification.networks.first {
            body["NetworkingConfig"] = .object([
                "EndpointsConfig": .object([first.network: endpoint(first)])
            ])
        }
        return body
    }

    private var labels: [String: JSONValue] {
        let dependencies = service.dependencies.sorted { $0.service < $1.service }.map {
            "\($0.service):\($0.condition.rawValue):\($0.restart)"
        }
        var labels: [String: JSONValue] = [
            ComposeLabels.project: .text(stack.name), ComposeLabels.service: .text(instance.service),
            ComposeLabels.oneOff: .text("False"), ComposeLabels.hash: .text(specification.hash),
            ComposeLabels.directory: .text(stack.directory),
            ComposeLabels.files: .text((stack.containers?.files ?? []).joined(separator: ",")),
            ComposeLabels.dependencies: .text(dependencies.joined(separator: ",")),
            ComposeLabels.version: .text(ComposeLabels.composeVersion),
            ComposeLabels.number: .text("\(instance.number)"),
            ContainerSpecification.markLabel: .text(specification.mark),
        ]
        if let image = specification.imageID { labels[ComposeLabels.image] = .text(image) }
        return labels
    }

    private func hostConfiguration(_ given: JSONValue) throws(LaunchError) -> JSONValue {
        var host = given
        for (key, mode) in try namespaces() { host[key] = .text(mode) }
        if let memory {
            host["Memory"] = .integer(memory)
            host["MemorySwap"] = .integer(memory)
        }
        let mounts = try specification.shares.mounts.map { (mounts) throws(LaunchError) -> JSONValue in
            let source = mounts.isContainer ? mounts.source : try companion(mounts.source)
            return .text(source + (mounts.readOnly ? ":ro" : ":rw"))
        }
        if !mounts.isEmpty { host["VolumesFrom"] = .list(mounts) }
        return host
    }

    /// The namespaces that are another container's, as `HostConfig` has them.
    func namespaces() throws(LaunchError) -> [String: String] {
        let shares = specification.shares
        var modes: [String: String] = [:]
        for (key, service) in [
            ("NetworkMode", shares.network), ("PidMode", shares.processes), ("IpcMode", shares.memory),
        ] {
            if let service { modes[key] = "container:" + (try companion(service)) }
        }
        return modes
    }

    private func companion(_ service: String) throws(LaunchError) -> String {
        guard let container = companions[service] else {
            throw LaunchError("it shares something with \(service), which has no container yet")
        }
        return container
    }

    /// Its place in a network.
    func endpoint(_ attachment: ContainerAttachment) -> JSONValue {
        var endpoint: JSONValue = [
            "Aliases": .list(([service.name, directName] + attachment.aliases).map { .text($0) })
        ]
        var addresses: JSONValue = [:]
        if let ipv4 = attachment.ipv4 { addresses["IPv4Address"] = .text(ipv4) }
        if let ipv6 = attachment.ipv6 { addresses["IPv6Address"] = .text(ipv6) }
        if !attachment.linkLocal.isEmpty { addresses["LinkLocalIPs"] = .list(attachment.linkLocal.map { .text($0) }) }
        if !addresses.isEmpty { endpoint["IPAMConfig"] = addresses }
        if attachment.gatewayPriority != 0 { endpoint["GwPriority"] = .integer(Int64(attachment.gatewayPriority)) }
        let links = attachment.links + service.names.links.map(link)
        if !links.isEmpty { endpoint["Links"] = .list(links.map { .text($0) }) }
        if let address = attachment.macAddress { endpoint["MacAddress"] = .text(address) }
        if !attachment.driverOptions.isEmpty {
            endpoint["DriverOpts"] = .object(attachment.driverOptions.mapValues { .text($0) })
        }
        return endpoint
    }

    /// A service by a name that only this one uses.
    private func link(_ link: ServiceNames.Link) -> String {
        let specification = stack.services[link.service]?.launch.container
        return "\(Self.name(of: InstanceID(link.service, 1), specification, in: stack)):\(link.alias)"
    }
}
