internal import Glibc
internal import Platform
internal import Stack
internal import Wire

/// The folders that stand for named volumes where there is no container engine.
enum VolumeFolder {
    /// Where the volume is for `instance`. The first instance has the volume itself; each further one has its own, as
    /// two servers that write one data folder would ruin it.
    static func path(of volume: String, for instance: InstanceID, in locations: Locations) -> String {
        let folder = locations.volumes + "/" + volume
        return instance.number == 1 ? folder : folder + ".\(instance.number)"
    }

    /// Makes the folder where it is missing and gives a new one to the user the instance runs as. One that exists is
    /// left as it is: its owner is part of the data.
    static func prepare(
        _ volume: String, for instance: InstanceID, in locations: Locations, owner: Credentials?
    ) throws(SystemError) {
        try makeFolders(locations.volumes, mode: 0o755)
        let folder = path(of: volume, for: instance, in: locations)
        guard mkdir(folder, 0o700) == 0 else {
            guard errno == EEXIST else { throw SystemError.last("make the volume folder \(folder)") }
            return
        }
        if let owner, chown(folder, owner.user, owner.group) != 0 {
            throw SystemError.last("give the volume folder \(folder) to user \(owner.user)")
        }
    }
}
