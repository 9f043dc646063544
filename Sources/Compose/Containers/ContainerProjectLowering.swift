internal import Stack

/// The networks and volumes that services use, as the engine is asked for them.
struct ContainerProjectLowering {
    let project: ComposeProject

    /// Those of the services of these names; what none of them uses is not made.
    func containers(of services: [String]) -> ContainerProject {
        let models = services.map { Fields(project.model["services"]?[$0], path: ["services", $0]) }
        let networks = Set(models.flatMap { $0.fields("networks").map.keys })
        let volumes = Set(
            models.flatMap { $0.items("volumes") }.filter { $0["type"] == .string("volume") }
                .compactMap { $0["source"]?.scalarText })
        return ContainerProject(
            files: project.files, networks: networks.sorted().map(network), volumes: volumes.sorted().map(volume))
    }

    // MARK: - Networks

    private func network(_ key: String) -> ContainerProject.Resource {
        let fields = Fields(project.model["networks"]?[key], path: ["networks", key])
        let isExternal = fields["external"] == .bool(true)
        return ContainerProject.Resource(
            key: key, name: project.networkName(key), isExternal: isExternal,
            configuration: isExternal ? "{}" : ComposeValue.map(body(of: fields, key)).engineText)
    }

    private func body(of network: Fields, _ key: String) -> ComposeMap {
        var body = ComposeMap()
        body["CheckDuplicate"] = .bool(true)
        body["Driver"] = network["driver"] ?? .string("bridge")
        body["Options"] = network["driver_opts"]
        body["IPAM"] = addresses(network.fields("ipam"))
        body["Internal"] = network["internal"]
        body["Attachable"] = network["attachable"]
        body["EnableIPv4"] = network["enable_ipv4"]
        body["EnableIPv6"] = network["enable_ipv6"]
        body["Labels"] = EngineLabels.labels(network["labels"], [("network", key), ("project", project.name)])
        return body
    }

    private func addresses(_ management: Fields) -> ComposeValue? {
        var body = ComposeMap()
        body["Driver"] = management["driver"]
        body["Options"] = management["options"]
        body["Config"] = .unlessEmpty(
            management.items("config").map { pool in
                var range = ComposeMap()
                range["Subnet"] = pool["subnet"]
                range["Gateway"] = pool["gateway"]
                range["IPRange"] = pool["ip_range"]
                range["AuxiliaryAddresses"] = pool["aux_addresses"]
                return .map(range)
            })
        return .unlessEmpty(body)
    }

    // MARK: - Volumes

    private func volume(_ key: String) -> ContainerProject.Resource {
        let fields = Fields(project.model["volumes"]?[key], path: ["volumes", key])
        let isExternal = fields["external"] == .bool(true)
        var body = ComposeMap()
        body["Driver"] = fields["driver"]
        body["DriverOpts"] = fields["driver_opts"]
        body["Labels"] = EngineLabels.labels(fields["labels"], [("volume", key), ("project", project.name)])
        return ContainerProject.Resource(
            key: key, name: project.volumeName(key), isExternal: isExternal,
            configuration: isExternal ? "{}" : ComposeValue.map(body).engineText)
    }
}
