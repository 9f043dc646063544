/// What a project is called.
enum ProjectName {
    /// The name by `-p`, else `COMPOSE_PROJECT_NAME`, else what the files say, else the folder's.
    static func find(
        _ options: ComposeOptions, _ discovery: Discovery, loader: inout Loader
    ) throws(ComposeError) -> String {
        if let name = options.projectName, !name.isEmpty { return try checked(name) }
        if let name = discovery.environment["COMPOSE_PROJECT_NAME"], !name.isEmpty { return try checked(name) }
        if let named = try fromFiles(discovery, loader: &loader) { return named }
        let name = normalised(Paths.name(discovery.directory))
        guard !name.isEmpty else {
            throw Mark(SourceFile(discovery.directory)).error(
                "the folder's name gives no project name", hint: "give one with -p or name:")
        }
        return name
    }

    /// Lower-case letters, digits, `-` and `_`, the first one a letter or digit.
    static func normalised(_ text: String) -> String {
        let allowed = text.lowercased().unicodeScalars.filter { scalar in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_" || scalar == "-"
        }
        return String(String.UnicodeScalarView(allowed.drop { $0 == "_" || $0 == "-" }))
    }

    private static func checked(_ name: String) throws(ComposeError) -> String {
        guard normalised(name) == name else {
            throw Mark(SourceFile("project name")).error(
                "\"\(name)\" is no valid project name",
                hint: "use lower-case letters, digits, - and _, beginning with a letter or digit")
        }
        return name
    }

    /// The last name that a file gives.
    private static func fromFiles(
        _ discovery: Discovery, loader: inout Loader
    ) throws(ComposeError) -> String? {
        var found: Node?
        for file in discovery.files {
            for root in try loader.documents(file) {
                if let name = root["name"], name.scalarText?.isEmpty == false { found = name }
            }
        }
        guard let found, let text = found.scalarText else { return nil }
        var interpolation = Interpolation(environment: discovery.environment)
        let name = normalised(try interpolation.fill(text, at: found.mark))
        guard !name.isEmpty else {
            throw found.place.error("name: expected letters or digits, found \"\(text)\"")
        }
        return name
    }
}
