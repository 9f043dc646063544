/// Finds out from flags and surroundings which files make up a project, where it is and what its variables are.
struct Discovery {
    private static let names = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]
    private static let overrides = [
        "compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml",
    ]

    /// The Compose files, absolute (`-` is standard input), in order.
    private(set) var files: [String]
    /// The project directory, absolute.
    private(set) var directory: String
    /// The environment with the variables of the environment files.
    private(set) var environment: [String: String]

    init(_ options: ComposeOptions) throws(ComposeError) {
        let current = options.currentDirectory
        files = options.files.map { $0 == "-" ? $0 : Paths.join(current, $0) }
        directory = current
        environment = options.environment
        let wanted = options.projectDirectory.map { Paths.join(current, $0) }
        directory = wanted ?? Self.parent(files) ?? current
        // COMPOSE_FILE may stand in the .env file, and the .env file is beside what COMPOSE_FILE names; hence twice.
        try addEnvironmentFiles(options)
        if files.isEmpty { try addNamedFiles(current) }
        if files.isEmpty { addUsualFiles() }
        guard !files.isEmpty else {
            throw Mark(SourceFile(directory)).error(
                "no Compose file here or in any folder above", hint: "name one with -f or create compose.yaml")
        }
        directory = wanted ?? Self.parent(files) ?? current
        try addEnvironmentFiles(options)
    }

    private static func parent(_ files: [String]) -> String? {
        files.first { $0 != "-" }.map(Paths.parent)
    }

    private mutating func addEnvironmentFiles(_ options: ComposeOptions) throws(ComposeError) {
        var wanted = options.environmentFiles
        if wanted.isEmpty {
            wanted = (environment["COMPOSE_ENV_FILES"] ?? "").split(separator: ",").map(String.init)
        }
        var paths = wanted.map { Paths.join(options.currentDirectory, $0) }
        if paths.isEmpty, !isFlagSet("COMPOSE_DISABLE_ENV_FILE") {
            let usual = Paths.join(directory, ".env")
            if FileReading.exists(usual), !FileReading.isDirectory(usual) { paths = [usual] }
        }
        environment = try EnvironmentFiles.merged(paths, into: environment, neededAt: nil)
    }

    private func isFlagSet(_ name: String) -> Bool {
        ["1", "t", "T", "true", "TRUE", "True"].contains(environment[name] ?? "")
    }

    private mutating func addNamedFiles(_ current: String) throws(ComposeError) {
        guard let named = environment["COMPOSE_FILE"], !named.isEmpty else { return }
        let separator = environment["COMPOSE_PATH_SEPARATOR"] ?? ""
        for name in Self.split(named, separator.isEmpty ? ":" : separator) {
            let path = name == "-" ? name : Paths.join(current, name)
            guard path == "-" || FileReading.exists(path) else {
                throw Mark(SourceFile(path)).error("no such file", hint: "COMPOSE_FILE names it")
            }
            files.append(path)
        }
    }

    private static func split(_ text: String, _ separator: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var rest = text[...]
        while let first = rest.first {
            if rest.hasPrefix(separator) {
                parts.append(part)
                part = ""
                rest = rest.dropFirst(separator.count)
            } else {
                part.append(first)
                rest = rest.dropFirst()
            }
        }
        return parts + [part]
    }

    private mutating func addUsualFiles() {
        var folder = directory
        while true {
            if let found = Self.first(Self.names, in: folder) {
                files = [found]
                if let override = Self.first(Self.overrides, in: folder) { files.append(override) }
                return
            }
            let above = Paths.parent(folder)
            if above == folder { return }
            folder = above
        }
    }

    private static func first(_ names: [String], in folder: String) -> String? {
        names.map { Paths.join(folder, $0) }.first(where: FileReading.exists)
    }
}
