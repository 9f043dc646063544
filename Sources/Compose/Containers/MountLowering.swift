/// The mounts of a container. `Binds` makes the folders of the host that are missing, whatever the engine's version, so
/// that is where all goes that it can express; the rest is in `Mounts`.
struct MountLowering {
    let service: Fields
    let project: ComposeProject

    func apply(
        to body: inout ComposeMap, _ host: inout ComposeMap, files: [FileReferenceLowering.Reference]
    ) {
        var binds: [String] = []
        var mounts: [ComposeValue] = []
        var anonymous = ComposeMap()
        let volumes = service.items("volumes")
        for volume in volumes {
            if let bind = bind(volume) {
                binds.append(bind)
            } else if isPlainAnonymous(volume), let target = volume["target"]?.scalarText {
                anonymous[target] = .map(ComposeMap())
            } else {
                mounts.append(.map(mount(volume)))
            }
        }
        let taken = Set(volumes.compactMap { $0["target"]?.scalarText })
        mounts += files.filter { !taken.contains($0.target) }.compactMap(Self.mount)
        if service["use_api_socket"] == .bool(true) { binds.append("/var/run/docker.sock:/var/run/docker.sock:rw") }
        body["Volumes"] = .unlessEmpty(anonymous)
        host["Binds"] = .unlessEmpty(binds)
        host["Mounts"] = .unlessEmpty(mounts)
        host["Tmpfs"] = temporary
    }

    // MARK: - Binds

    /// `SOURCE:TARGET:OPTIONS`; nil where that does not say it all.
    private func bind(_ volume: Fields) -> String? {
        guard let source = source(of: volume), let target = volume["target"]?.scalarText else { return nil }
        let options = volume.fields("bind")
        switch volume["type"]?.scalarText {
        case "bind" where options["create_host_path"] != .bool(false) && options["recursive"] == nil: break
        case "volume" where volume.fields("volume").map.isEmpty: break
        default: return nil
        }
        // Colons are what the parts are told apart by.
        guard !source.contains(":"), !target.contains(":") else { return nil }
        let words = [options["selinux"], options["propagation"]].compactMap { $0?.scalarText }
        return "\(source):\(target):" + ([isReadOnly(volume) ? "ro" : "rw"] + words).joined(separator: ",")
    }

    private func isReadOnly(_ volume: Fields) -> Bool { volume["read_only"] == .bool(true) }

    /// Whether nothing is said of a volume but where it is.
    private func isPlainAnonymous(_ volume: Fields) -> Bool {
        volume["type"] == .string("volume") && volume["source"] == nil && !isReadOnly(volume)
            && volume.fields("volume").map.isEmpty
    }

    /// The path, the volume or the image in the engine's words.
    private func source(of volume: Fields) -> String? {
        guard let source = volume["source"]?.scalarText else { return nil }
        switch volume["type"]?.scalarText {
        case "volume": return project.volumeName(source)
        case "image": return project.model["services"]?[source]?["build"] == nil ? source : image(of: source)
        default: return source
        }
    }

    private func image(of service: String) -> String { project.image(ofService: service) ?? service }

    // MARK: - Mounts

    private func mount(_ volume: Fields) -> ComposeMap {
        var mount = ComposeMap()
        mount["Type"] = volume["type"]
        mount["Source"] = source(of: volume).map(ComposeValue.string)
        mount["Target"] = volume["target"]
        mount["ReadOnly"] = volume["read_only"]
        mount["Consistency"] = volume["consistency"]
        switch volume["type"]?.scalarText {
        case "bind": mount["BindOptions"] = .map(bindOptions(volume.fields("bind")))
        case "volume": mount["VolumeOptions"] = volumeOptions(volume.fields("volume"))
        case "tmpfs": mount["TmpfsOptions"] = temporaryOptions(volume.fields("tmpfs"))
        case "image": mount["ImageOptions"] = volume.fields("image")["subpath"].map { .map(["Subpath": $0]) }
        default: break
        }
        return mount
    }

    private func bindOptions(_ bind: Fields) -> ComposeMap {
        var options = ComposeMap()
        options["Propagation"] = bind["propagation"]
        options["CreateMountpoint"] = .bool(bind["create_host_path"] != .bool(false))
        switch bind["recursive"]?.scalarText {
        case "disabled": options["NonRecursive"] = .bool(true)
        case "writable": options["ReadOnlyNonRecursive"] = .bool(true)
        case "readonly": options["ReadOnlyForceRecursive"] = .bool(true)
        default: break
        }
        return options
    }

    private func volumeOptions(_ volume: Fields) -> ComposeValue? {
        var options = ComposeMap()
        options["NoCopy"] = volume["nocopy"]
        options["Subpath"] = volume["subpath"]
        options["Labels"] = volume["labels"]
        return .unlessEmpty(options)
    }

    private func temporaryOptions(_ temporary: Fields) -> ComposeValue? {
        var options = ComposeMap()
        options["SizeBytes"] = temporary.amount("size")
        options["Mode"] = temporary.amount("mode")
        return .unlessEmpty(options)
    }

    /// A file of the host that is a secret or a config; one that is missing is an error, and no folder is made of it.
    private static func mount(_ file: FileReferenceLowering.Reference) -> ComposeValue? {
        guard case .file(let path) = file.source else { return nil }
        return .map([
            "Type": .string("bind"), "Source": .string(path), "Target": .string(file.target), "ReadOnly": .bool(true),
        ])
    }

    /// `PATH:OPTIONS`.
    private var temporary: ComposeValue? {
        var map = ComposeMap()
        for text in service.texts("tmpfs") {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            map[parts.first ?? text] = .string(parts.count == 2 ? parts[1] : "")
        }
        return .unlessEmpty(map)
    }
}
