internal import Glibc
internal import Platform
internal import Synchronization

/// Has a container find others through the gateway from its first instruction on: its engine writes the file of names some time
/// before it starts the first process, and says nothing of it until after.
final class NamesDuringStart: Sendable {
    private static let interval: UInt32 = 2_000
    private let isOver = Atomic(false)

    /// Watches from now on.
    init(_ file: ContainerHostsFile) {
        let before = Self.state(file.path)
        DetachedThread.run { [self] in
            while !isOver.load(ordering: .relaxed) {
                // The one of the start before is written anew.
                if Self.state(file.path) != before { try? file.write() }
                usleep(Self.interval)
            }
        }
    }

    /// Ends that.
    func end() { isOver.store(true, ordering: .relaxed) }

    private static func state(_ path: String) -> [Int] {
        var status = stat()
        guard stat(path, &status) == 0 else { return [] }
        return [Int(status.st_ino), Int(status.st_mtim.tv_sec), status.st_mtim.tv_nsec]
    }
}
