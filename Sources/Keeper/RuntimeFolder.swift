internal import Platform

/// The project's folder for sockets and records, held by this keeper alone.
///
/// Two locks say who the keeper is. The one below the state folder is the one that counts: the folder of the sockets may
/// be removed by whoever tidies up, and then a second keeper could lock a new file of the same name.
final class RuntimeFolder {
    private let locations: Locations
    private let lasting: FileLock?
    private var near: FileLock?

    /// Makes the folders and takes the locks; nil where another keeper has them.
    init?(_ locations: Locations) throws(SystemError) {
        self.locations = locations
        try Self.make(locations)
        try makeFolders(locations.logs)
        try makeFolders(locations.ownLogs)
        do throws(SystemError) {
            guard let lock = try FileLock(path: locations.lastingKeeperLock) else { return nil }
            lasting = lock
        } catch {
            // A state folder that cannot be written must not keep services from running.
            Log.write("going on with one lock: \(error)")
            lasting = nil
        }
        guard let lock = try FileLock(path: locations.keeperLock) else { return nil }
        near = lock
    }

    /// Whether somebody removed it.
    var isGone: Bool {
        [locations.keeperLock, locations.keeperSocket, locations.children, locations.pipes]
            .contains { !fileExists($0) }
    }

    /// Makes it again, empty but for the lock.
    func restore() throws(SystemError) {
        try Self.make(locations)
        near = nil
        near = try FileLock(path: locations.keeperLock)
    }

    private static func make(_ locations: Locations) throws(SystemError) {
        for folder in [locations.runtime, locations.children, locations.pipes, locations.notifySockets] {
            try makeFolders(folder, mode: 0o711)
        }
    }
}
