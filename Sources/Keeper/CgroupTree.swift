internal import Glibc
internal import Platform
internal import Wire

/// The cgroups of one project, below the machine's own tree (cgroups(7)).
///
/// Most machines have version 2 alone, which does everything. Where version 2 is mounted beside version 1 it finds,
/// freezes and ends processes, and version 1 limits them. With version 1 alone its freezer does the finding.
final class CgroupTree {
    private static let controllers = ["memory", "cpu", "pids"]

    /// Where the version 2 hierarchy is.
    private let unified: String?
    /// Where each version 1 controller is.
    private let separate: [String: String]
    private var groups: [String: Cgroup] = [:]
    private let onNotice: (String) -> Void

    /// The tree of this machine. Where cgroups cannot be made, nothing has one and `onNotice` hears why, once.
    init(top: String = "/sys/fs/cgroup", onNotice: @escaping (String) -> Void) {
        self.onNotice = onNotice
        let places = ProcessFacts.isRoot ? [top, top + "/unified"] : []
        unified = places.first { access($0 + "/cgroup.procs", F_OK) == 0 && Self.makeFolder($0 + "/hale") }
        var separate: [String: String] = [:]
        if ProcessFacts.isRoot, unified != top {
            for controller in Self.controllers + (unified == nil ? ["freezer"] : []) {
                if access("\(top)/\(controller)/cgroup.procs", F_OK) == 0, Self.makeFolder("\(top)/\(controller)/hale")
                {
                    separate[controller] = "\(top)/\(controller)"
                }
            }
        }
        self.separate = separate
        guard unified == nil, separate.isEmpty else { return }
        onNotice(Self.missing(isRoot: ProcessFacts.isRoot, hasNames: ProcessFacts.mayMount))
    }

    /// All that whoever is not root has to do without is said in one sentence.
    private static func missing(isRoot: Bool, hasNames: Bool) -> String {
        let limits = "memory, CPU and process limits are not enforced"
        if isRoot { return "\(limits): this machine has no cgroups that can be written" }
        let names = "services find each other by HALE_<SERVICE>_HOST and not by name"
        return "\(hasNames ? limits : "\(limits), and \(names)"): Hale does not run as root"
    }

    private static func makeFolder(_ path: String) -> Bool {
        mkdir(path, 0o755) == 0 || errno == EEXIST
    }

    /// The group for a request, made and limited; nil where there can be none.
    func group(for request: CgroupRequest) -> Cgroup? {
        guard unified != nil || !separate.isEmpty else { return nil }
        do throws(SystemError) {
            let group: Cgroup
            if let known = groups[request.path] { group = known } else { group = try makeGroup(request.path) }
            groups[request.path] = group
            group.limit(request, onNotice: onNotice)
            return group
        } catch {
            onNotice("memory, CPU and process limits are not enforced: \(error)")
            return nil
        }
    }

    private func makeGroup(_ name: String) throws(SystemError) -> Cgroup {
        let path = "hale/" + name
        let isWhole = separate.isEmpty
        if isWhole, let unified { handDownControllers(unified, path) }
        return try Cgroup(
            unified: unified.map { "\($0)/\(path)" }, isWhole: isWhole,
            separate: separate.mapValues { "\($0)/\(path)" },
            path: name)
    }

    /// In version 2 every group above must hand its controllers down. One that is refused is missed, and told of, when
    /// a limit needs it.
    private func handDownControllers(_ top: String, _ path: String) {
        var folder = top
        for part in path.split(separator: "/") {
            for controller in Self.controllers {
                try? Cgroup.write("+\(controller)", to: folder + "/cgroup.subtree_control")
            }
            folder += "/" + part
            mkdir(folder, 0o755)
        }
    }

    /// Removes every group, and those above that are empty then; those that still have processes stay.
    func removeAll() {
        for group in groups.values { group.remove() }
        let above = Set(groups.keys.compactMap { $0.split(separator: "/").dropLast().first })
        groups = [:]
        for top in separate.values + [unified].compactMap({ $0 }) {
            for name in above { rmdir("\(top)/hale/\(name)") }
            rmdir("\(top)/hale")
        }
    }
}
