extension Loader {
    /// One entry of `include` in long form.
    private struct Entry {
        var files: [String]
        var directory: String
        var environmentFiles: [String]
        var mark: Mark
    }

    /// `document` with the resources of all that it includes; its own come first.
    mutating func including(_ document: Document, _ scope: Scope) throws(ComposeError) -> Node {
        guard var map = document.root.map, let include = map["include"] else { return document.root }
        map["include"] = nil
        guard !include.isNull else { return document.root.with(.map(map)) }
        guard let entries = include.list else {
            throw include.place.error("include: expected a list, found \(include.kind)")
        }
        for node in entries {
            let entry = try entry(node, scope)
            var inner = scope
            inner.directory = entry.directory
            inner.environment = try environment(entry, scope)
            let model = try model(entry.files, inner)
            map = try importing(model, into: map, document.resets)
        }
        return document.root.with(.map(map))
    }

    private func entry(_ node: Node, _ scope: Scope) throws(ComposeError) -> Entry {
        try check(node)
        let resolution = PathResolution(base: scope.directory, home: home)
        let files = texts(node.string == nil ? node["path"] : node).map { Paths.clean(resolution.absolute($0)) }
        guard let first = files.first else { throw node.place.error("include: expected a path") }
        for file in files where !FileReading.exists(file) {
            throw node.place.error("include: cannot read \(file): no such file")
        }
        if let cycle = scope.including.firstIndex(of: first) {
            let chain = (scope.including[cycle...] + [first]).joined(separator: " -> ")
            throw node.place.error("include: files include each other: \(chain)")
        }
        let directory = node["project_directory"]?.string ?? ""
        return Entry(
            files: files,
            directory: directory.isEmpty ? Paths.parent(first) : Paths.clean(resolution.absolute(directory)),
            environmentFiles: texts(node["env_file"]).filter { $0 != "/dev/null" }.map(resolution.absolute),
            mark: node.place)
    }

    private func check(_ node: Node) throws(ComposeError) {
        if node.string != nil { return }
        guard let map = node.map else {
            throw node.place.error("include: expected a string or a mapping, found \(node.kind)")
        }
        let keys = Specification.include.fields.map(\.name)
        for (key, value) in map where !keys.contains(key) {
            throw value.place.error(
                "include: unknown key '\(key)'", hint: nearest(key, in: keys).map { "did you mean '\($0)'?" })
        }
    }

    private func texts(_ node: Node?) -> [String] {
        guard let node else { return [] }
        return (node.list ?? [node]).compactMap(\.string)
    }

    /// The environment of an entry: the one around it, then its own files or the `.env` of its directory.
    private func environment(_ entry: Entry, _ scope: Scope) throws(ComposeError) -> [String: String] {
        var files = entry.environmentFiles
        if files.isEmpty {
            let usual = Paths.join(entry.directory, ".env")
            if FileReading.exists(usual), !FileReading.isDirectory(usual) { files = [usual] }
        }
        return try EnvironmentFiles.merged(files, into: scope.environment, neededAt: entry.mark)
    }

    private func importing(_ model: Node, into map: NodeMap, _ resets: Resets) throws(ComposeError) -> NodeMap {
        var result = map
        for section in Specification.sections {
            guard let source = model[section], let imported = source.map else { continue }
            let target = result[section] ?? source.with(.map([:]))
            guard var all = target.map else {
                throw target.place.error("\(section): expected a mapping, found \(target.kind)")
            }
            for (name, resource) in imported {
                guard let own = all[name] else {
                    all[name] = resource
                    continue
                }
                guard let kept = resets.apply(toResource: resource, named: name, in: section) else { continue }
                all[name] = try Merging.mergeResource(kept, own, section: section)
            }
            result[section] = target.with(.map(all))
        }
        return result
    }
}
