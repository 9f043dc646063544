internal import Glibc
internal import Platform
internal import Stack

/// Hale's own processes of a project, as the command line finds them without being able to ask.
struct HaleProcesses {
    let locations: Locations

    /// The pids of those that play that role.
    func pids(of role: RoleVerb) -> [Int32] {
        ProcessFacts.allPids().filter { isOne($0, role) }
    }

    private func isOne(_ pid: Int32, _ role: RoleVerb) -> Bool {
        let bytes = (try? readWholeFile("/proc/\(pid)/cmdline", limit: 65_536)) ?? []
        let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        guard words.dropFirst().elementsEqual([role.rawValue, "-p", locations.project]) else { return false }
        // Another user, or another folder, may have a project of the same name.
        let environment = ["HALE_STATE", "HALE_RUNTIME", "HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"]
            .reduce(into: [String: String]()) { $0[$1] = ProcessFacts.variable($1, of: pid) }
        return Locations(project: locations.project, environment: environment) == locations
    }

    /// Ends all of them at once. None is left that would start another.
    func end() {
        let keepers = pids(of: .keeper)
        for pid in keepers { kill(pid, SIGSTOP) }
        var rest = [RoleVerb.healer, .gateway].flatMap(pids)
        for pid in rest + keepers { kill(pid, SIGKILL) }
        rest += keepers
        let deadline = Instant.now() + .seconds(5)
        while Instant.now() < deadline, rest.contains(where: { ProcessFacts.state(of: $0).map { $0 != "Z" } ?? false })
        {
            usleep(10_000)
        }
    }
}
