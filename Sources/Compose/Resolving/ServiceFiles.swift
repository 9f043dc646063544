/// Reads the files that services take variables and labels from; the result has no `env_file` and no `label_file`.
struct ServiceFiles {
    var environment: [String: String]

    func resolve(_ services: NodeMap) throws(ComposeError) -> NodeMap {
        try services.mapValues { _, service throws(ComposeError) in
            guard var map = service.map else { return service }
            if map["env_file"] != nil {
                map["environment"] = try variables(map, service)
                map["env_file"] = nil
            }
            if let files = map["label_file"] {
                map["labels"] = try labels(map, files)
                map["label_file"] = nil
            }
            return service.with(.map(map))
        }
    }

    /// The variables of the files with the service's own on top.
    private func variables(_ service: NodeMap, _ node: Node) throws(ComposeError) -> Node? {
        let own = service["environment"]?.map ?? [:]
        var known: [String: String] = [:]
        for (name, value) in own { known[name] = value.string }
        var variables = known
        for file in service["env_file"]?.list ?? [] {
            guard let path = file["path"]?.string else { continue }
            if !FileReading.exists(path), file["required"]?.bool == false { continue }
            if let format = file["format"]?.string, format != "raw" {
                throw file.place.error(
                    "environment file format \"\(format)\" is not supported", hint: "use raw or none")
            }
            if file["format"]?.string == "raw" {
                try RawEnvironmentFile.read(path, into: &variables, neededAt: file.place)
                continue
            }
            let environment = self.environment
            try EnvironmentFiles.read(path, into: &variables, neededAt: file.place) {
                environment[$0] ?? known[$0]
            }
        }
        var merged = NodeMap()
        for (name, value) in variables { merged[name] = (service["env_file"] ?? node).derived(.string(value)) }
        for (name, value) in own { merged[name] = value }
        if merged.isEmpty { return service["environment"] }
        return (service["environment"] ?? service["env_file"] ?? node).with(.map(merged.sortedByKey()))
    }

    private func labels(_ service: NodeMap, _ files: Node) throws(ComposeError) -> Node? {
        var labels: [String: String] = [:]
        for file in files.list ?? [] {
            guard let path = file.string else { continue }
            var own: [String: String] = [:]
            let before = labels
            try EnvironmentFiles.read(path, into: &own, neededAt: file.place) { before[$0] }
            labels.merge(own) { _, new in new }
        }
        var merged = NodeMap()
        for (name, value) in labels { merged[name] = files.derived(.string(value)) }
        for (name, value) in service["labels"]?.map ?? [:] { merged[name] = value }
        return merged.isEmpty ? nil : (service["labels"] ?? files).with(.map(merged.sortedByKey()))
    }
}

/// Reads files of `NAME=value` lines whose values are taken as they are (`format: raw`).
enum RawEnvironmentFile {
    static func read(_ path: String, into variables: inout [String: String], neededAt mark: Mark) throws(ComposeError) {
        let bytes: [UInt8]
        do {
            bytes = try FileReading.bytes(path)
        } catch {
            throw mark.error("environment file \(path) cannot be read: \(error.description)")
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, bytes) in lines.enumerated() {
            let line = String(decoding: bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes, as: UTF8.self)
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let equals = line.firstIndex(of: "=") else {
                throw Mark(SourceFile(path), line: index + 1).error("expected NAME=value, found \"\(line)\"")
            }
            variables[String(line[..<equals])] = String(line[line.index(after: equals)...])
        }
    }
}
