internal import Platform

/// Where the command line keeps what belongs to one task or detached command while it runs.
struct TaskFolder {
    let locations: Locations
    let name: String

    var path: String { "\(locations.tasks)/\(name)" }
    /// Held locked (flock) by the process that looks after it; holds that process's pid.
    var lock: String { path + "/lock" }
    /// What a detached one is to do; removed once it runs.
    var order: String { path + "/order.json" }
    /// What went wrong with a detached one.
    var complaints: String { path + "/complaints" }

    /// Its cgroup below Hale's own.
    var cgroup: String { "\(locations.project)/\(name)-1" }

    /// The process that looks after it; nil where there is none.
    var keeper: Int32? { FileLock.holder(of: lock) }

    /// Why a second one of the name is refused.
    var nameIsTaken: CommandFailure {
        CommandFailure("there is a task '\(name)' already; choose another --name")
    }

    func make() throws { try makeFolders(path, mode: 0o700) }

    func remove() { removeTree(path) }

    /// Those of a project, sorted; some may have ended without cleaning up.
    static func all(in locations: Locations) -> [TaskFolder] {
        namesInFolder(locations.tasks).map { TaskFolder(locations: locations, name: $0) }
    }

    /// A name in the way of Compose's: `web-run-3fa85f64d1b2`.
    static func newName(_ subject: String, kind: String) -> String {
        let digits = String(UInt64.random(in: 0..<1 << 48), radix: 16)
        return "\(subject)-\(kind)-" + String(repeating: "0", count: 12 - digits.count) + digits
    }
}
