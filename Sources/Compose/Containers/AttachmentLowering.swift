internal import Stack

/// The networks that a container is attached to.
struct AttachmentLowering {
    let service: Fields
    let project: ComposeProject

    /// `NetworkMode`: the network that is attached first, or what `network_mode` says; nil where it joins a service.
    var mode: String? {
        guard let mode = service["network_mode"]?.scalarText else { return keys.first.map(project.networkName) }
        return SharesLowering.service(of: mode) == nil ? mode : nil
    }

    /// By priority, then by name.
    private var keys: [String] {
        let networks = service["networks"]?.map ?? ComposeMap()
        func priority(_ key: String) -> Int64 { networks[key]?["priority"]?.whole ?? 0 }
        return networks.sortedByKey().keys.enumerated()
            .sorted { (priority($1.element), $0.offset) < (priority($0.element), $1.offset) }
            .map(\.element)
    }

    func attachments(_ problems: inout Problems) -> [ContainerAttachment] {
        guard service["network_mode"] == nil else { return [] }
        let links = service.texts("external_links").map(EngineHosts.link)
        return keys.enumerated().map { place, key in
            let details = service.fields("networks").fields(key)
            var attachment = ContainerAttachment(
                network: project.networkName(key), aliases: details.texts("aliases"),
                ipv4: details["ipv4_address"]?.scalarText, ipv6: details["ipv6_address"]?.scalarText,
                linkLocal: details.texts("link_local_ips").filter { !$0.isEmpty },
                macAddress: details["mac_address"]?.scalarText, driverOptions: options(details),
                gatewayPriority: details["gw_priority"]?.whole.flatMap(Int.init(exactly:)) ?? 0, links: links)
            if place == 0 { address(&attachment, details, &problems) }
            return attachment
        }
    }

    /// The service's own `mac_address` is that in its first network.
    private func address(_ attachment: inout ContainerAttachment, _ details: Fields, _ problems: inout Problems) {
        guard let own = service["mac_address"]?.scalarText else { return }
        if let other = attachment.macAddress, other != own {
            problems.report(details.path + ["mac_address"], "differs from the service's own mac_address, \(own)")
        }
        attachment.macAddress = own
    }

    private func options(_ details: Fields) -> [String: String] {
        let interface = "com.docker.network.endpoint.ifname"
        var options: [String: String] = [:]
        options[interface] = details["interface_name"]?.scalarText
        for (key, value) in details["driver_opts"]?.map ?? ComposeMap() { options[key] = value.scalarText }
        return options
    }
}

extension ComposeProject {
    /// The name in the engine of the network that the file calls `key`.
    func networkName(_ key: String) -> String {
        model["networks"]?[key]?["name"]?.scalarText ?? key
    }

    /// The name in the engine of the volume that the file calls `key`.
    func volumeName(_ key: String) -> String {
        model["volumes"]?[key]?["name"]?.scalarText ?? key
    }
}
