internal import Glibc
internal import Platform

/// What is sent to the engine for a build: the folder, what is left out of it, and where the Dockerfile is in it.
struct BuildContext {
    private static let ignoreName = ".dockerignore"

    private let folder: String
    private let ignoring: IgnoreFile
    private let added: [TarFile]
    /// Where the engine finds the Dockerfile, in the folder.
    let dockerfile: String

    /// Reads what is needed before anything is sent. An inline Dockerfile and one from elsewhere get a name that is not in the
    /// folder, and a line in the `.dockerignore` that is sent, so that they come into no image.
    init(folder: String, dockerfile: String?, inline: String?) throws(EngineError) {
        guard let root = Self.resolved(folder) else { throw .prevented("there is no folder \(folder) to build from") }
        self.folder = root
        let own = "\(root)/\(Self.ignoreName)"
        let ignored = fileExists(own) ? try Self.text(own) : nil
        if let inline {
            self.dockerfile = Self.unusedName(in: root)
            ignoring = try IgnoreFile(ignored ?? "", path: own)
            added = Self.files(self.dockerfile, inline, ignored: ignored)
            return
        }
        let path = try Self.find(dockerfile, in: root)
        let special = path + Self.ignoreName
        var ignoring =
            fileExists(special)
            ? try IgnoreFile(try Self.text(special), path: special) : try IgnoreFile(ignored ?? "", path: own)
        // A link is followed here, as the engine would not follow it out of the folder.
        let real = Self.resolved(path) ?? path
        if real.hasPrefix(root + "/") {
            self.dockerfile = String(real.dropFirst(root.count + 1))
            added = []
            // The engine needs both, and takes out again what its own reading of `.dockerignore` leaves out.
            ignoring.except(self.dockerfile)
            ignoring.except(Self.ignoreName)
        } else {
            self.dockerfile = Self.unusedName(in: root)
            added = Self.files(self.dockerfile, try Self.text(real), ignored: ignored)
        }
        self.ignoring = ignoring
    }

    /// It all, from the beginning.
    func archive() throws(EngineError) -> ContextArchive {
        let walk = try ContextWalk(folder, ignoring: ignoring, leavingOut: Set(added.map(\.path)))
        return ContextArchive(folder, walk, adding: added)
    }

    private static func find(_ name: String?, in root: String) throws(EngineError) -> String {
        let wanted = name ?? "Dockerfile"
        let path = wanted.hasPrefix("/") ? wanted : "\(root)/\(wanted)"
        if resolved(path) != nil { return path }
        let lowercase = "\(root)/dockerfile"
        if name == nil, resolved(lowercase) != nil { return lowercase }
        throw .prevented("there is no Dockerfile at \(path)")
    }

    private static func files(_ name: String, _ text: String, ignored: String?) -> [TarFile] {
        [
            TarFile(path: name, content: Array(text.utf8)),
            TarFile(path: ignoreName, content: Array("\(ignored ?? ignoreName)\n\(name)\n".utf8)),
        ]
    }

    private static func unusedName(in root: String) -> String {
        while true {
            let name = ".dockerfile.\(String(UInt64.random(in: 0 ... .max), radix: 16))"
            if !fileExists("\(root)/\(name)") { return name }
        }
    }

    private static func text(_ path: String) throws(EngineError) -> String {
        do throws(SystemError) { return String(decoding: try readWholeFile(path), as: UTF8.self) } catch {
            throw .unreadable(path, error.code)
        }
    }

    private static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
