internal import Stack

/// `secrets` and `configs` of a service as the files it finds.
struct MountedFileLowering {
    let project: ComposeProject

    func files(_ kind: String, of service: Fields, _ problems: inout Problems) -> [MountedFile] {
        (service[kind]?.list ?? []).enumerated().compactMap { index, value in
            let details = Fields(value, path: service.path + [kind, "\(index)"])
            guard let name = details.string("source", &problems) else { return nil }
            let definition = Fields(project.model[kind]?.map?[name], path: [kind, name])
            guard let source = source(definition) else {
                problems.report(
                    details.path,
                    "'\(name)' cannot be had without a container engine: give it file, environment or content")
                return nil
            }
            let target = details.string("target", &problems) ?? name
            let mode = details.string("mode", &problems).flatMap { UInt32($0, radix: 8) } ?? 0o444
            return MountedFile(kind: kind, name: fileName(target, kind: kind), source: source, mode: mode)
        }
    }

    private func source(_ definition: Fields) -> MountedFile.Source? {
        if let path = definition["file"]?.scalarText { return .file(path) }
        if let text = definition["content"]?.scalarText { return .content(text) }
        if let variable = definition["environment"]?.scalarText {
            return project.environment[variable].map { .content($0) }
        }
        return nil
    }

    /// A target such as `/run/secrets/password` names the file by its path below the folder that Docker would use.
    private func fileName(_ target: String, kind: String) -> String {
        let folder = "/run/\(kind)/"
        let name = target.hasPrefix(folder) ? String(target.dropFirst(folder.count)) : target
        return name.hasPrefix("/") ? String(name.dropFirst()) : name
    }
}
