internal import Platform
internal import Stack

/// The variables an instance starts with: a few of the user's own, those of the Compose file, and Hale's.
struct InstanceEnvironment {
    /// What a program needs to find its way about the machine. Nothing else of the user's environment is handed on:
    /// a container would not see it either, and it may hold secrets.
    static let inherited = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"]

    private static let usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    let stack: Stack
    let locations: Locations
    /// The environment `hale up` was called in.
    let callers: [String: String]

    /// All variables of `instance`.
    func variables(for instance: InstanceID, of service: Service, addresses: inout AddressBook) -> [String: String] {
        var variables = callers.filter { Self.inherited.contains($0.key) }
        if variables["PATH"] == nil { variables["PATH"] = Self.usualPath }
        let own = haleVariables(for: instance, of: service, addresses: &addresses)
        for (name, value) in service.launch.environment {
            variables[name] = VariableFilling.fill(value, from: own)
        }
        variables.merge(own) { _, hale in hale }
        return variables
    }

    private func haleVariables(
        for instance: InstanceID, of service: Service, addresses: inout AddressBook
    ) -> [String: String] {
        var own = [
            "HALE_PROJECT": stack.name,
            "HALE_SERVICE": service.name,
            "HALE_INSTANCE": instance.description,
            "HALE_HOST": addresses.address(of: instance.service, number: instance.number),
        ]
        for volume in service.launch.volumes {
            own["HALE_VOLUME_" + Self.variableName(volume)] = VolumeFolder.path(
                of: volume, for: instance, in: locations)
        }
        for kind in Set(service.launch.files.map(\.kind)) {
            own["HALE_" + Self.variableName(kind)] = MountedFiles.folder(of: kind, for: instance, in: locations)
        }
        if let watchdog = service.launch.watchdog {
            own["WATCHDOG_USEC"] = "\(watchdog.nanoseconds / 1_000)"
        }
        for other in stack.services.values.sorted(by: { $0.name < $1.name }) {
            guard let port = ServicePorts.ports(of: other).first else { continue }
            let prefix = "HALE_" + Self.variableName(other.name)
            own[prefix + "_HOST"] = addresses.address(ofService: other.name)
            own[prefix + "_PORT"] = "\(port)"
        }
        return own
    }

    /// `my-db` as it stands in a variable's name: `MY_DB`.
    static func variableName(_ name: String) -> String {
        String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}
