internal import CLinux
internal import Glibc
public import Platform

/// The keeper: owns listening sockets and child processes. `hale keeper -p NAME`.
public enum KeeperRole {
    /// Runs until it is told to end; returns the exit code. `executable` is the binary that the roles are started from.
    ///
    /// There is one keeper a project: a second one says so and ends with 1.
    public static func run(locations: Locations, executable: String) -> Int32 {
        do {
            guard let folder = try RuntimeFolder(locations) else {
                Log.write("a keeper for \(locations.project) runs already")
                return 1
            }
            if hale_become_subreaper() != 0 { Log.write("orphans cannot be waited for: this kernel has no subreapers") }
            signal(SIGPIPE, SIG_IGN)
            Urgency.claim()
            let reactor = try Reactor()
            let keeper = try Keeper(
                reactor: reactor, locations: locations, folder: folder, executable: executable)
            try keeper.start()
            withExtendedLifetime(keeper) { reactor.run() }
            return 0
        } catch {
            Log.write("the keeper cannot start: \(error)")
            return 1
        }
    }
}
