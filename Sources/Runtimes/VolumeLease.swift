public import Platform
public import Stack

/// Keeps a service's own command from running twice on one data volume (law 1) where one of the two is a task, which the
/// healer does not know. The lease ends with the process that holds it.
public enum VolumeLease {
    /// Takes the volumes of `service` for a task. Throws where another task has one of them.
    public static func take(_ service: Service, in locations: Locations) throws -> [FileLock] {
        guard service.hasDataVolume else { return [] }
        try makeFolders(locations.leases, mode: 0o700)
        return try service.launch.volumes.map { volume in
            let path = path(of: volume, in: locations)
            guard let lock = try FileLock(path: path) else { throw refusal(volume, holder: path) }
            return lock
        }
    }

    /// Throws where a task has taken a volume that `instance` would write to.
    static func check(_ service: Service, for instance: InstanceID, in locations: Locations) throws {
        // Further instances have folders of their own.
        guard instance.number == 1 else { return }
        for volume in service.launch.volumes {
            let path = path(of: volume, in: locations)
            if FileLock.holder(of: path) != nil { throw refusal(volume, holder: path) }
        }
    }

    private static func path(of volume: String, in locations: Locations) -> String { "\(locations.leases)/\(volume)" }

    private static func refusal(_ volume: String, holder path: String) -> LaunchError {
        let holder = FileLock.holder(of: path).map { ", whose keeper is pid \($0)" } ?? ""
        return LaunchError(
            "the volume '\(volume)' is in use by a task that runs the same service\(holder); two at once would ruin it")
    }
}
