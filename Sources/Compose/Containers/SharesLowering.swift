internal import Stack

/// The services whose containers a container shares something with.
struct SharesLowering {
    let service: Fields

    /// The service that `service:NAME` names.
    static func service(of mode: String?) -> String? {
        let prefix = "service:"
        guard let mode, mode.hasPrefix(prefix) else { return nil }
        return String(mode.dropFirst(prefix.count))
    }

    var shares: ContainerShares {
        func joined(_ key: String) -> String? { Self.service(of: service[key]?.scalarText) }
        return ContainerShares(
            network: joined("network_mode"), processes: joined("pid"), memory: joined("ipc"),
            mounts: service.texts("volumes_from").compactMap(Self.mounts))
    }

    /// `SERVICE:ro` or `container:NAME:ro`.
    private static func mounts(_ text: String) -> ContainerShares.Mounts? {
        var parts = text.split(separator: ":").map(String.init)
        let isContainer = parts.first == "container" && parts.count > 1
        if isContainer { parts.removeFirst() }
        guard let source = parts.first else { return nil }
        return ContainerShares.Mounts(source, isContainer: isContainer, readOnly: parts.dropFirst().first == "ro")
    }
}
