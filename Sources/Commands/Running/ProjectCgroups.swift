internal import Glibc
internal import Platform

/// The cgroups that Hale made for a project, in either version's hierarchy (cgroups(7)).
struct ProjectCgroups {
    private static let top = "/sys/fs/cgroup"
    private static let hierarchies = ["", "/unified", "/freezer", "/memory", "/cpu", "/pids"]

    let project: String

    /// Each instance's folder.
    private var folders: [(path: String, instance: String)] {
        Self.hierarchies.flatMap { hierarchy -> [(path: String, instance: String)] in
            let parent = "\(Self.top)\(hierarchy)/hale/\(project)"
            return namesInFolder(parent).filter { fileExists("\(parent)/\($0)/cgroup.procs") }
                .map { ("\(parent)/\($0)", $0) }
        }
    }

    func processes() -> [Leftovers.Process] {
        folders.flatMap { folder in
            let bytes = (try? readWholeFile(folder.path + "/cgroup.procs")) ?? []
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Int32($0) }
                .map { Leftovers.Process(pid: $0, instance: folder.instance) }
        }
    }

    /// Lets frozen ones go on: a frozen process does not die.
    func thaw(_ instances: Set<String>) {
        for folder in folders where instances.contains(folder.instance) {
            write("0", to: folder.path + "/cgroup.freeze")
            write("THAWED", to: folder.path + "/freezer.state")
        }
    }

    /// Removes those that are empty.
    func remove() {
        for folder in folders { rmdir(folder.path) }
        for hierarchy in Self.hierarchies {
            rmdir("\(Self.top)\(hierarchy)/hale/\(project)")
            rmdir("\(Self.top)\(hierarchy)/hale")
        }
    }

    private func write(_ text: String, to path: String) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = Glibc.write(descriptor, text, text.utf8.count)
        close(descriptor)
    }
}
