/// `devices`, `gpus` and what `deploy` reserves of devices.
struct DeviceLowering {
    let service: Fields

    func apply(to host: inout ComposeMap) {
        let devices = service.items("devices")
        host["Devices"] = .unlessEmpty(devices.filter { !Self.isQualified($0) }.map { .map(Self.mapping($0)) })
        host["DeviceCgroupRules"] = service["device_cgroup_rules"]
        let reserved = service.fields("deploy").fields("resources").fields("reservations").items("devices")
        let qualified = devices.filter(Self.isQualified).compactMap { $0["source"]?.scalarText }
        var requests = reserved.map { Self.request($0) }
        if !qualified.isEmpty {
            requests.append(["Driver": .string("cdi"), "DeviceIDs": .list(qualified.map(ComposeValue.string))])
        }
        requests += service.items("gpus").map { Self.request($0, adding: "gpu") }
        host["DeviceRequests"] = .unlessEmpty(requests.map(ComposeValue.map))
    }

    private static func mapping(_ device: Fields) -> ComposeMap {
        var mapping = ComposeMap()
        mapping["PathOnHost"] = device["source"]
        mapping["PathInContainer"] = device["target"]
        mapping["CgroupPermissions"] = device["permissions"] ?? .string("rwm")
        return mapping
    }

    /// Whether it is one of the Container Device Interface, `VENDOR/CLASS=NAME`, and no path.
    private static func isQualified(_ device: Fields) -> Bool {
        guard let name = device["source"]?.scalarText, device["target"]?.scalarText ?? name == name else {
            return false
        }
        let parts = name.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let kind = (parts.first ?? "").split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[1].isEmpty && kind.count == 2 && !kind.contains("")
    }

    private static func request(_ device: Fields, adding capability: String? = nil) -> ComposeMap {
        var request = ComposeMap()
        request["Driver"] = device["driver"]
        request["Count"] = device.whole("count")
        request["DeviceIDs"] = device["device_ids"]
        let capabilities = device.texts("capabilities") + (capability.map { [$0] } ?? [])
        request["Capabilities"] = .list([.list(capabilities.map(ComposeValue.string))])
        request["Options"] = device["options"]
        return request
    }
}
