internal import Glibc
internal import Platform
internal import Wire

/// The cgroups of one project, below the machine's own tree, in version 1 (one hierarchy a controller) or 2 (one for
/// all; cgroups(7)).
final class CgroupTree {
    private enum Layout {
        /// By controller: memory, cpu, pids, freezer.
        case separate([String: String])
        case unified(String)
    }

    private let layout: Layout?
    private var groups: [String: Cgroup] = [:]
    private let onNotice: (String) -> Void

    /// The tree of this machine. Where cgroups cannot be made, nothing has one and `onNotice` hears why, once.
    init(onNotice: @escaping (String) -> Void) {
        self.onNotice = onNotice
        layout = Self.detect()
        if layout == nil {
            let reason =
                ProcessFacts.isRoot ? "this machine has no cgroups that can be written" : "Hale does not run as root"
            onNotice("memory, CPU and process limits are not enforced: \(reason)")
        }
    }

    private static func detect() -> Layout? {
        guard ProcessFacts.isRoot else { return nil }
        let top = "/sys/fs/cgroup"
        if access(top + "/cgroup.controllers", W_OK) == 0 || access(top + "/cgroup.controllers", R_OK) == 0 {
            return mkdir(top + "/hale", 0o755) == 0 || errno == EEXIST ? .unified(top) : nil
        }
        var found: [String: String] = [:]
        for controller in ["memory", "cpu", "pids", "freezer"] {
            let folder = "\(top)/\(controller)/hale"
            if mkdir(folder, 0o755) == 0 || errno == EEXIST { found[controller] = "\(top)/\(controller)" }
        }
        return found.isEmpty ? nil : .separate(found)
    }

    /// The group for a request, made and limited; nil where there can be none.
    func group(for request: CgroupRequest) -> Cgroup? {
        guard let layout else { return nil }
        if let known = groups[request.path] {
            known.limit(request, onNotice: onNotice)
            return known
        }
        let path = "hale/" + request.path
        let folders: [String: String]
        switch layout {
        case .unified(let top):
            prepareUnified(top, path)
            folders = ["unified": "\(top)/\(path)"]
        case .separate(let tops): folders = tops.mapValues { "\($0)/\(path)" }
        }
        for folder in folders.values {
            do {
                try makeFolders(folder)
            } catch {
                onNotice("limits of \(request.path) are not enforced: \(error)")
                return nil
            }
        }
        let group = Cgroup(folders: folders)
        groups[request.path] = group
        group.limit(request, onNotice: onNotice)
        return group
    }

    /// In version 2 every group above must hand its controllers down.
    private func prepareUnified(_ top: String, _ path: String) {
        var folder = top
        for part in path.split(separator: "/").dropLast() {
            for controller in ["memory", "cpu", "pids"] {
                _ = Cgroup.write("+\(controller)", to: folder + "/cgroup.subtree_control")
            }
            folder += "/" + part
            mkdir(folder, 0o755)
        }
        for controller in ["memory", "cpu", "pids"] {
            _ = Cgroup.write("+\(controller)", to: folder + "/cgroup.subtree_control")
        }
    }

    /// Removes every group of the project; those that still have processes stay.
    func removeAll(project: String) {
        for group in groups.values { group.remove() }
        groups = [:]
        switch layout {
        case .unified(let top): rmdir("\(top)/hale/\(project)")
        case .separate(let tops): for top in tops.values { rmdir("\(top)/hale/\(project)") }
        case nil: return
        }
    }
}
