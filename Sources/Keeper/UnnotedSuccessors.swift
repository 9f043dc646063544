internal import Platform
internal import Wire

/// Finds what a standing order had started when the keeper died before it could note that.
struct UnnotedSuccessors {
    let runtime: String
    /// Main processes of later runs by their mark; looked for once, and only where something has ended.
    private var leaders: [(mark: String, pid: Int32)]?

    init(runtime: String) {
        self.runtime = runtime
    }

    /// The successor of a service's process that has ended, if one lives: started like it, but as a later run.
    mutating func successor(of found: ChildFiles.Found) -> ChildFiles.Found? {
        var heir = found
        let process = found.request.process
        guard process.kind == .service, process.run < Int.max else { return nil }
        heir.request.process.run += 1
        let mark = Strays.mark(of: heir.request.process, runtime: runtime)
        let leaders = leaders ?? findLeaders()
        self.leaders = leaders
        guard let pid = leaders.first(where: { $0.mark == mark })?.pid,
            let startTime = ProcessFacts.startTime(of: pid)
        else { return nil }
        heir.pid = pid
        heir.startTime = startTime
        return heir
    }

    /// What the keeper starts leads a session of its own, and what that starts has the same mark.
    private func findLeaders() -> [(mark: String, pid: Int32)] {
        ProcessFacts.allPids().compactMap { pid in
            guard ProcessFacts.session(of: pid) == pid, let mark = Strays.mark(of: pid), mark.hasPrefix(runtime + "/")
            else { return nil }
            return (mark, pid)
        }
    }
}
