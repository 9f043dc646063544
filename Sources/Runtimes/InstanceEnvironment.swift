internal import Platform
internal import Stack

/// The variables an instance starts with: a few of the user's own, those of the Compose file, and Hale's.
struct InstanceEnvironment {
    /// What a program needs to find its way about the machine. Nothing else of the user's environment is handed on:
    /// a container would not see it either, and it may hold secrets.
    static let inherited = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"]

    /// In a larger stack an instance is told only of those services it depends on or names: what each is told of all
    /// others grows with the square of their number, and a program's variables have an end (execve(2)).
    static let mostServicesForAll = 100

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
        for other in reachable(from: service) {
            guard let port = ServicePorts.ports(of: other).first else { continue }
            let prefix = "HALE_" + Self.variableName(other.name)
            own[prefix + "_HOST"] = addresses.address(of: other, for: service.name)
            own[prefix + "_PORT"] = "\(port)"
        }
        return own
    }

    /// The services whose places `service` is told.
    private func reachable(from service: Service) -> [Service] {
        guard stack.services.count > Self.mostServicesForAll else {
            return stack.services.values.sorted { $0.name < $1.name }
        }
        var found: Set<String> = []
        var next = [service.name] + named(in: service.launch)
        while let name = next.popLast() {
            guard found.insert(name).inserted else { continue }
            next += stack.services[name]?.dependencies.map(\.service) ?? []
        }
        return found.sorted().compactMap { stack.services[$0] }
    }

    /// The services whose variables the words or the environment of `launch` name.
    private func named(in launch: LaunchSpecification) -> [String] {
        let words = (launch.command + launch.environment.values).flatMap { text in
            text.split { !VariableFilling.isNamePart($0) }.filter { $0.hasPrefix("HALE_") }
        }
        let names = Set(
            words.filter { $0.hasSuffix("_HOST") || $0.hasSuffix("_PORT") }.map { $0.dropFirst(5).dropLast(5) })
        // `HALE_HOST` is its own.
        guard names.contains(where: { !$0.isEmpty }) else { return [] }
        return stack.services.keys.filter { names.contains(Substring(Self.variableName($0))) }
    }

    /// `my-db` as it stands in a variable's name: `MY_DB`.
    static func variableName(_ name: String) -> String {
        String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}
