internal import CDetach
internal import Glibc
internal import Platform
internal import Stack

/// Hands an order to a process of its own, which lives on when this one ends.
struct DetachedTask {
    let order: TaskOrder
    let locations: Locations
    let environment: [String: String]

    /// Returns once the task runs, with the pid of who looks after it; why it does not is thrown.
    func start() throws -> Int32 {
        let folder = TaskFolder(locations: locations, name: order.name)
        guard folder.keeper == nil else { throw folder.nameIsTaken }
        do {
            try folder.make()
            try order.write(folder.order)
        } catch {
            folder.remove()
            throw CommandFailure("\(error)", .backend)
        }
        let words = ["hale", TaskCommand.manual.verb, "-p", locations.project, order.name]
        let variables = environment.map { "\($0)=\($1)" }.sorted()
        let pid = CStrings.with(words) { words in
            CStrings.with(variables) { hale_detach("/proc/self/exe", words, $0, folder.complaints) }
        }
        guard pid > 0 else {
            folder.remove()
            throw CommandFailure("\(SystemError(code: -pid, attempt: "detach"))", .backend)
        }
        try waitForStart(of: pid, folder)
        return pid
    }

    /// It removes the order as soon as it runs.
    private func waitForStart(of pid: Int32, _ folder: TaskFolder) throws {
        while access(folder.order, F_OK) == 0 {
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid, access(folder.order, F_OK) == 0 {
                let words = (try? readWholeFile(folder.complaints)).map { String(decoding: $0, as: UTF8.self) } ?? ""
                folder.remove()
                let code = status & 0x7f == 0 ? ExitCode(rawValue: status >> 8 & 0xff) : nil
                let reason = words.split(separator: "\n").last.map(String.init) ?? "it ended before it had started"
                let prefix = "hale: "
                throw CommandFailure(
                    reason.hasPrefix(prefix) ? String(reason.dropFirst(prefix.count)) : reason, code ?? .backend)
            }
            usleep(2_000)
        }
    }
}
