/// Reads and merges files into one tree in long form, with what they extend and include.
struct Loader {
    /// What holds for the files of one model: those of the project, or those of one `include`.
    struct Scope {
        /// What relative paths are relative to; absolute.
        var directory: String
        var environment: [String: String]
        /// The files whose includes led here.
        var including: [String] = []
    }

    /// One file or document while it is prepared for merging.
    struct Document {
        var root: Node
        var resets: Resets
    }

    private(set) var warnings: [Diagnostic] = []
    /// What `~` stands for.
    let home: String?
    private var sources: [String: [Node]] = [:]
    private var standardInput: [UInt8]?

    init(home: String?) {
        self.home = home
    }

    // MARK: - Models

    /// `files` merged in order, their defaults set, their paths absolute.
    mutating func model(_ files: [String], _ scope: Scope) throws(ComposeError) -> Node {
        var merged: Node?
        for file in files { merged = try merge(file, over: merged, scope) }
        guard let merged else { throw Mark(SourceFile(files.first ?? "compose.yaml")).error("the file is empty") }
        let complete = Defaults.apply(to: merged)
        try Rules.check(complete)
        let resolved = try PathResolution(base: scope.directory, home: home).apply(to: complete)
        return PassedOnVariables.resolve(resolved, environment: scope.environment)
    }

    private mutating func merge(_ file: String, over base: Node?, _ scope: Scope) throws(ComposeError) -> Node? {
        var merged = base
        for raw in try documents(file) {
            var document = try interpolated(raw, scope)
            var inner = scope
            inner.including.append(file)
            document.root = try including(document, inner)
            if let before = merged { merged = document.resets.apply(to: before) }
            var extending = Extending(file: file, scope: scope)
            document.root = try extending.apply(to: document, loader: &self)
            merged = try checked(merged, document.root)
        }
        return merged
    }

    /// The result of laying `root` over `base`: valid, and in long form.
    private mutating func checked(_ base: Node?, _ root: Node) throws(ComposeError) -> Node {
        var merged = try base.map { base throws(ComposeError) in try Merging.merge(base, root) } ?? root
        merged = try Unicity.enforce(merged)
        try Validator.validate(merged)
        if let version = merged["version"], var map = merged.map {
            warnings.append(version.place.diagnostic("version is obsolete and ignored"))
            map["version"] = nil
            merged.map = map
        }
        return try Unicity.enforce(Canonical.apply(to: merged))
    }

    // MARK: - Files

    /// The documents of `file` as they were written; each file is read once.
    mutating func documents(_ file: String) throws(ComposeError) -> [Node] {
        if let known = sources[file] { return known }
        let source = SourceFile(file == "-" ? "<stdin>" : file)
        let bytes: [UInt8]
        do {
            bytes = file == "-" ? try FileReading.standardInput() : try FileReading.bytes(file)
        } catch {
            throw Mark(source).error("cannot be read: \(error.description)")
        }
        let documents = try YAMLDocuments.read(bytes, of: source)
        for root in documents where root.map == nil {
            throw root.mark.error("expected a mapping at the top of the file, found \(root.kind)")
        }
        sources[file] = documents
        return documents
    }

    mutating func interpolated(_ raw: Node, _ scope: Scope) throws(ComposeError) -> Document {
        var interpolation = Interpolation(environment: scope.environment)
        let root = try interpolation.apply(to: raw)
        warnings += interpolation.warnings
        return Document(root: root, resets: Resets(in: raw))
    }

    /// The services of a file that is extended: merged on their own, unchecked, their paths absolute.
    mutating func base(_ file: String, _ scope: Scope) throws(ComposeError) -> Document {
        var merged: Node?
        var resets = Resets()
        for raw in try documents(file) {
            let document = try interpolated(raw, scope)
            resets = document.resets
            if let before = merged {
                merged = try Merging.merge(document.resets.apply(to: before), document.root)
            } else {
                merged = document.root
            }
        }
        guard let merged else { throw Mark(SourceFile(file)).error("the file is empty") }
        let canonical = try Unicity.enforce(Canonical.apply(to: Unicity.enforce(merged)))
        let root = try PathResolution(base: Paths.parent(file), home: home).apply(to: canonical)
        return Document(root: root, resets: resets)
    }
}
