internal import Glibc
internal import Platform
internal import Wire

/// Children of an earlier keeper.
extension ChildTable {
    /// Takes over what an earlier keeper left running, and tells of what ended meanwhile.
    func adopt() {
        var names: [String] = []
        defer { if !names.isEmpty { onNotice(Self.adoptionNotice(names)) } }
        var unnoted = UnnotedSuccessors(runtime: locations.runtime)
        for found in files.read() {
            let process = found.request.process
            if adopt(found) {
                if process.kind == .service { names.append(process.instance.description) }
                continue
            }
            let heir = unnoted.successor(of: found)
            if let heir, adopt(heir), let child = children[heir.request.process] {
                files.save(child)
                names.append(process.instance.description)
            }
            let gone = Child(
                request: found.request, process: SpawnedProcess(pid: found.pid, pidfd: -1), startTime: found.startTime,
                isOwn: false, cgroup: found.request.cgroup.flatMap(cgroups.group(for:)), captured: nil)
            children[process] = gone
            gone.successor = heir.map { ExitRecord.Successor(run: $0.request.process.run, pid: $0.pid) }
            gone.state = .ending(.unknown)
            settle(gone, wait: .milliseconds(1))
        }
    }

    /// Takes over what still runs; false where it does not, or cannot be watched.
    private func adopt(_ found: ChildFiles.Found) -> Bool {
        let process = found.request.process
        guard ProcessFacts.startTime(of: found.pid) == found.startTime, let child = adopted(found) else { return false }
        do {
            children[process] = child
            try watch(child)
            return true
        } catch {
            Log.write("\(process) runs as pid \(found.pid) but cannot be watched: \(error)")
            return false
        }
    }

    private static func adoptionNotice(_ names: [String]) -> String {
        "this keeper took over what an earlier one had started; the exit codes of those processes can no longer be "
            + "known: \(names.joined(separator: ", "))"
    }

    private func adopted(_ found: ChildFiles.Found) -> Child? {
        guard let pidfd = try? openProcess(found.pid) else { return nil }
        let request = found.request
        channels.reopen(for: request)
        return Child(
            request: request, process: SpawnedProcess(pid: found.pid, pidfd: pidfd), startTime: found.startTime,
            isOwn: false, cgroup: request.cgroup.flatMap(cgroups.group(for:)), captured: nil)
    }
}
