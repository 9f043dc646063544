internal import Compose
internal import FoundationEssentials

/// The name of a project, for verbs that act on what runs.
enum ProjectName {
    /// Refuses what could not be the name of a folder: Compose allows lower-case letters, digits, dashes and underscores.
    static func check(_ name: String) throws(UsageError) {
        guard normalized(name) == name, !name.isEmpty else {
            let nearest = normalized(name)
            throw UsageError(
                "'\(name)' is no project name: lower-case letters, digits, dashes and underscores, "
                    + "with a letter or digit first",
                suggestion: nearest.isEmpty ? nil : nearest)
        }
    }

    /// The name that a project whose file cannot be used most likely has; nil where there is no such file.
    static func guess(_ options: GlobalOptions, environment: [String: String], directory: String) -> String? {
        if let name = environment["COMPOSE_PROJECT_NAME"], !name.isEmpty { return normalized(name) }
        guard let file = file(options, directory: directory) else { return nil }
        if let text = try? String(contentsOfFile: file, encoding: .utf8), let name = declaredName(in: text) {
            return name
        }
        let folder = absolute(options.projectDirectory ?? parent(of: file), in: directory)
        let name = normalized(String(folder.split(separator: "/").last ?? ""))
        return name.isEmpty ? nil : name
    }

    /// The `name` at the top of a Compose file's text, where it is written plainly.
    static func declaredName(in text: String) -> String? {
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("name:") {
            let value = line.dropFirst(5).split(separator: "#").first ?? ""
            let name = value.filter { !" \t\"'".contains($0) }
            return !name.isEmpty && normalized(name) == name ? name : nil
        }
        return nil
    }

    /// As Compose makes a name of a folder's: lower case, without what is not allowed.
    static func normalized(_ name: String) -> String {
        let allowed = name.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        return String(allowed.drop { $0 == "-" || $0 == "_" })
    }

    /// The first Compose file that the flags and the folder lead to; nil where there is none.
    static func file(_ options: GlobalOptions, directory: String) -> String? {
        if let first = options.files.first { return absolute(first, in: directory) }
        var folder = options.projectDirectory.map { absolute($0, in: directory) } ?? directory
        while true {
            for name in ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"] {
                let path = folder + "/" + name
                if FileManager.default.fileExists(atPath: path) { return path }
            }
            guard folder != "/", !folder.isEmpty else { return nil }
            folder = parent(of: folder)
        }
    }

    private static func absolute(_ path: String, in directory: String) -> String {
        path.hasPrefix("/") ? path : directory + "/" + path
    }

    private static func parent(of path: String) -> String {
        let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        return folder.isEmpty ? "/" : String(folder)
    }
}
