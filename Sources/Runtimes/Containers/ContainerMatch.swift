internal import Engines
internal import FoundationEssentials
internal import Stack

/// Whether a container that is there is what the file asks for.
///
/// What Hale has made says so by a label. What `docker compose` has made has a hash of Compose's own, which differs from one
/// release to the next, so it is compared piece by piece with what Hale would make: all that the file says has to be so, and
/// what it does not say has to be the image's or the engine's own choice.
struct ContainerMatch {
    let specification: ContainerSpecification
    /// All that the engine says of the container (`GET /containers/ID/json`).
    let container: JSONValue
    /// The variables that its image sets, `NAME=value`; nil where the image is gone.
    let imageVariables: [String]?

    /// Where it differs, in a few words; nil where it does not.
    var difference: String? {
        let labels = container["Config"]?["Labels"]?.members ?? [:]
        if let image = specification.imageID, let theirs = container["Image"]?.text, image != theirs {
            return "its image has changed"
        }
        if let mark = labels[ContainerSpecification.markLabel]?.text {
            return mark == specification.mark ? nil : "its configuration has changed"
        }
        guard let wanted = JSONValue(json: specification.configuration) else {
            return "its configuration cannot be read"
        }
        return differingPart(wanted).map { "\($0) has changed" }
    }

    private func differingPart(_ wanted: JSONValue) -> String? {
        if specification.imageID == nil, container["Config"]?["Image"] != wanted["Image"] { return "image" }
        let said = Self.said.first { !holds(wanted[$0], container["Config"]?[$0], inOrder: true) }
        if let said { return said }
        if hasOtherVariables(wanted) { return "environment" }
        let labels = (wanted["Labels"]?.members ?? [:]).filter { !$0.key.hasPrefix(ComposeLabels.prefix) }
        let theirs = container["Config"]?["Labels"]?.members ?? [:]
        if labels.contains(where: { theirs[$0.key] != $0.value }) { return "labels" }
        let host = wanted["HostConfig"]?.members ?? [:]
        let part = host.keys.sorted().first { key in
            !Self.comparedOtherwise.contains(key) && !holds(host[key], container["HostConfig"]?[key])
        }
        if let part { return part }
        let capabilities = ["CapAdd", "CapDrop"].first {
            !holds(Self.capabilities(host[$0]), Self.capabilities(container["HostConfig"]?[$0]))
        }
        if let capabilities { return capabilities }
        if Mounted.wanted(wanted) != Mounted.found(container) { return "volumes" }
        return hasOtherNetworks ? "networks" : nil
    }

    /// Parts of `Config` that have to be so where the file says something of them.
    private static let said = [
        "Cmd", "Entrypoint", "Domainname", "Hostname", "Healthcheck", "MacAddress", "OpenStdin", "StopSignal",
        "StopTimeout", "Tty", "User", "WorkingDir",
    ]

    /// Parts of `HostConfig` that are no matter of the service's, or have an eye of their own.
    private static let comparedOtherwise: Set<String> = [
        "AutoRemove", "Binds", "CapAdd", "CapDrop", "LogConfig", "Mounts", "NetworkMode", "IpcMode", "PidMode",
        "PortBindings",
        "RestartPolicy",
        "VolumesFrom", "Annotations", "Tmpfs", "Init",
    ]

    /// Capabilities by the names that files have; Podman tells of them with `CAP_` before.
    private static func capabilities(_ value: JSONValue?) -> JSONValue? {
        guard case .list(let items) = value else { return value }
        let names = items.compactMap(\.text).map { $0.uppercased() }
        return .list(names.map { .text($0.hasPrefix("CAP_") ? String($0.dropFirst("CAP_".count)) : $0) })
    }

    /// Whether a part is as wanted; what is not said may be anything. Of an object every member has to be. Only the words of
    /// commands are in order: engines and earlier releases of Compose sort much else.
    private func holds(_ wanted: JSONValue?, _ found: JSONValue?, inOrder: Bool = false) -> Bool {
        guard let wanted, !wanted.isEmpty else { return true }
        switch (wanted, found) {
        case (.object(let members), .object(let theirs)):
            return members.allSatisfy { holds($0.value, theirs[$0.key], inOrder: inOrder) }
        case (.list(let items), .list(let theirs)) where inOrder: return items == theirs
        case (.list(let items), .list(let theirs)):
            return items.count == theirs.count && items.allSatisfy { item in theirs.contains { holds(item, $0) } }
        case (.integer(let number), .number(let theirs)): return Double(number) == theirs
        default: return wanted == found
        }
    }

    private func hasOtherVariables(_ wanted: JSONValue) -> Bool {
        let wanted = Set((wanted["Env"]?.items ?? []).compactMap(\.text))
        let found = Set((container["Config"]?["Env"]?.items ?? []).compactMap(\.text))
        guard wanted.isSubset(of: found) else { return true }
        guard let imageVariables else { return false }
        return !found.subtracting(wanted).isSubset(of: imageVariables)
    }

    private var hasOtherNetworks: Bool {
        guard !specification.networks.isEmpty else { return false }
        let found = container["NetworkSettings"]?["Networks"]?.members ?? [:]
        guard Set(specification.networks.map(\.network)) == Set(found.keys) else { return true }
        return specification.networks.contains { wanted in
            let endpoint = found[wanted.network]
            let aliases = Set((endpoint?["Aliases"]?.items ?? []).compactMap(\.text))
            let address = endpoint?["IPAMConfig"]?["IPv4Address"]?.text
            return !aliases.isSuperset(of: wanted.aliases) || wanted.ipv4.map { $0 != address } == true
        }
    }
}

/// What a container has mounted, without the volumes that have no name.
private struct Mounted: Hashable {
    var source: String
    var target: String
    var isWritable: Bool

    static func wanted(_ body: JSONValue) -> Set<Mounted> {
        let host = body["HostConfig"]
        let binds = (host?["Binds"]?.items ?? []).compactMap(\.text).compactMap { text -> Mounted? in
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard parts.count >= 2 else { return nil }
            let options = parts.count > 2 ? parts[2].split(separator: ",") : []
            return Mounted(source: parts[0], target: parts[1], isWritable: !options.contains("ro"))
        }
        let mounts = (host?["Mounts"]?.items ?? []).compactMap { mount -> Mounted? in
            guard let type = mount["Type"]?.text, type != "tmpfs", let target = mount["Target"]?.text,
                let source = mount["Source"]?.text, !source.isEmpty
            else { return nil }
            return Mounted(source: source, target: target, isWritable: mount["ReadOnly"] != .boolean(true))
        }
        return Set(binds + mounts)
    }

    static func found(_ container: JSONValue) -> Set<Mounted> {
        Set(
            (container["Mounts"]?.items ?? []).compactMap { mount -> Mounted? in
                guard let type = mount["Type"]?.text, let target = mount["Destination"]?.text,
                    let source = type == "volume" ? mount["Name"]?.text : mount["Source"]?.text,
                    type == "bind" || type == "volume" && !isNameless(source)
                else { return nil }
                return Mounted(source: source, target: target, isWritable: mount["RW"] != .boolean(false))
            })
    }

    /// An engine names a volume that has no name by 64 hexadecimal digits.
    private static func isNameless(_ name: String) -> Bool { name.count == 64 && name.allSatisfy(\.isHexDigit) }
}

extension ContainerSpecification {
    /// The label that says what a container was made from; only what Hale made has it.
    static let markLabel = "hale.specification"

    /// A short word that changes whenever a container of it has to be replaced.
    var mark: String {
        // What is no part of the container is left out, as where two are compared.
        var wanted = self
        wanted.pullPolicy = .missing
        wanted.restart = EngineRestartPolicy()
        wanted.isBehindGateway = true
        wanted.hash = ""
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let bytes = (try? encoder.encode(wanted)).map { Array($0) } ?? []
        return String(StableHash(bytes).value, radix: 36)
    }
}
