/// The processes of an instance: what its main process has started, wherever in the tree that is now.
public enum ProcessTree {
    private static let most = 100_000

    /// Every process of the instance whose main process is `root`, that one first. `keeper` has become the parent of
    /// those whose own has ended.
    public static func pids(of root: Int32, keeper: Int32?) -> [Int32] {
        let inCgroup = members(of: CgroupPlaces.folders(of: root))
        if !inCgroup.isEmpty { return [root] + inCgroup.filter { $0 != root } }
        return [root] + descendants(of: [root]) + strays(of: root, keeper: keeper)
    }

    /// The processes in a cgroup: in that of version 2, or else in any that version 1 has.
    private static func members(of folders: [String: String]) -> [Int32] {
        guard let folder = folders[""] ?? folders["freezer"] ?? folders.sorted(by: { $0.key < $1.key }).first?.value,
            let bytes = try? readWholeFile(folder + "/cgroup.procs")
        else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Int32($0) }.sorted()
    }

    private static func descendants(of roots: [Int32]) -> [Int32] {
        var found: [Int32] = []
        var next = roots.flatMap(ProcessFacts.children)
        while let pid = next.popLast(), found.count < most {
            found.append(pid)
            next += ProcessFacts.children(of: pid)
        }
        return found.sorted()
    }

    /// Without a cgroup they are known by their session, or by the mark that the keeper gave the main process.
    private static func strays(of root: Int32, keeper: Int32?) -> [Int32] {
        guard let keeper else { return [] }
        let mark = ProcessFacts.variable("HALE_RUN", of: root)
        let own = ProcessFacts.children(of: keeper).filter { pid in
            guard pid != root else { return false }
            if ProcessFacts.session(of: pid) == root { return true }
            return mark != nil && ProcessFacts.variable("HALE_RUN", of: pid) == mark
        }
        return own.sorted() + descendants(of: own)
    }
}
