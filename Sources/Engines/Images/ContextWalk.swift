/// Goes through the folder of a build and finds what is sent, folders before what is in them, one at a time.
struct ContextWalk {
    /// Something that is sent, by its path in the folder.
    struct Entry {
        let path: String
        let facts: ContextFileFacts
    }

    private struct Folder {
        let path: String
        let verdict: IgnoreFile.Verdict?
        var names: ArraySlice<String>
        /// Itself, where it is kept out as long as nothing in it is let in.
        var heldBack: Entry?
    }

    private let root: String
    private let ignoring: IgnoreFile
    private let leavingOut: Set<String>
    private var folders: [Folder]
    private var ready: ArraySlice<Entry> = []

    /// Of `root`, without what is ignored and without these paths.
    init(_ root: String, ignoring: IgnoreFile, leavingOut: Set<String> = []) throws(EngineError) {
        self.root = root
        self.ignoring = ignoring
        self.leavingOut = leavingOut
        folders = [Folder(path: "", verdict: nil, names: try namesInContextFolder(root)[...])]
    }

    /// The next one; nil at the end.
    mutating func next() throws(EngineError) -> Entry? {
        while ready.isEmpty {
            guard var folder = folders.popLast() else { return nil }
            guard let name = folder.names.popFirst() else { continue }
            folders.append(folder)
            try visit(folder.path.isEmpty ? name : "\(folder.path)/\(name)", folder.verdict)
        }
        return ready.popFirst()
    }

    private mutating func visit(_ path: String, _ parent: IgnoreFile.Verdict?) throws(EngineError) {
        let verdict = ignoring.verdict(on: path, below: parent)
        guard !leavingOut.contains(path), let facts = try ContextFileFacts(of: "\(root)/\(path)") else { return }
        let entry = Entry(path: path, facts: facts)
        if !verdict.isIgnored { send(entry) }
        guard facts.kind == .folder, !verdict.isIgnored || ignoring.mayLetIn(below: path) else { return }
        let names = try namesInContextFolder("\(root)/\(path)")
        folders.append(
            Folder(path: path, verdict: verdict, names: names[...], heldBack: verdict.isIgnored ? entry : nil))
    }

    private mutating func send(_ entry: Entry) {
        for index in folders.indices {
            if let folder = folders[index].heldBack { ready.append(folder) }
            folders[index].heldBack = nil
        }
        ready.append(entry)
    }
}
