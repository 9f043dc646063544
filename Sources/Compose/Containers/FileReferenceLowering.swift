internal import Stack

/// `secrets` and `configs` of a service: files of the host that are mounted, and texts that are written into the container.
struct FileReferenceLowering {
    /// One of them.
    struct Reference {
        enum Source {
            case file(String)
            case content(String)
        }

        /// Where the container finds it, absolute.
        var target: String
        var source: Source
        var mode: UInt32
        var user: Int
        var group: Int

        /// What is written, unless it is mounted.
        var file: ContainerFile? {
            guard case .content(let text) = source else { return nil }
            return ContainerFile(path: target, content: text, mode: mode, user: user, group: group)
        }
    }

    let service: Fields
    let project: ComposeProject

    func references(_ problems: inout Problems) -> [Reference] {
        references("secrets", below: "/run/secrets/", &problems) + references("configs", below: "/", &problems)
    }

    private func references(_ kind: String, below folder: String, _ problems: inout Problems) -> [Reference] {
        service.items(kind).compactMap { details in
            let name = details["source"]?.scalarText ?? ""
            let definition = Fields(project.model[kind]?[name], path: [kind, name])
            guard let source = source(definition, named: name, details.path, &problems) else { return nil }
            let target = details["target"]?.scalarText ?? name
            return Reference(
                target: target.hasPrefix("/") ? target : folder + target, source: source,
                mode: details["mode"]?.scalarText.flatMap { UInt32($0, radix: 8) } ?? 0o444,
                user: number("uid", details, &problems), group: number("gid", details, &problems))
        }
    }

    private func source(
        _ definition: Fields, named name: String, _ path: [String], _ problems: inout Problems
    ) -> Reference.Source? {
        for key in ["driver", "template_driver"] where definition[key] != nil {
            problems.report(definition.path + [key], "needs a swarm, which Hale does not drive")
        }
        if let file = definition["file"]?.scalarText { return .file(file) }
        guard let text = text(of: definition, named: name, path, &problems) else { return nil }
        if service["read_only"] == .bool(true) {
            problems.report(path, "'\(name)' cannot be written into a container that is read_only: give it a file")
        }
        return .content(text)
    }

    private func text(
        of definition: Fields, named name: String, _ path: [String], _ problems: inout Problems
    ) -> String? {
        if let text = definition["content"]?.scalarText { return text }
        guard let variable = definition["environment"]?.scalarText else {
            problems.report(path, "'\(name)' is kept by a swarm, which Hale does not drive: give it a file")
            return nil
        }
        if let text = project.environment[variable] { return text }
        problems.report(definition.path + ["environment"], "the variable \(variable) is not set")
        return nil
    }

    private func number(_ key: String, _ details: Fields, _ problems: inout Problems) -> Int {
        details.integer(key, &problems) ?? 0
    }
}
