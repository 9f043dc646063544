internal import Glibc
internal import Platform
internal import Stack
internal import Wire

/// The files of `secrets` and `configs`, made anew at each start of an instance in a folder of its own.
enum MountedFiles {
    /// The folder of that kind (`secrets`, `configs`) for `instance`; given to it as `HALE_SECRETS` or `HALE_CONFIGS`.
    static func folder(of kind: String, for instance: InstanceID, in locations: Locations) -> String {
        "\(locations.files)/\(instance)/\(kind)"
    }

    /// Writes every file of the service for `instance`.
    static func prepare(
        _ files: [MountedFile], for instance: InstanceID, in locations: Locations, owner: Credentials?
    ) throws(SystemError) {
        for file in files {
            let folder = folder(of: file.kind, for: instance, in: locations)
            try makeFolders(folder, mode: 0o711)
            // A secret's name may be a path (`target: certificates/key.pem`) but must not lead out of the folder.
            let parts = file.name.split(separator: "/").filter { $0 != "." && $0 != ".." }
            let path = folder + "/" + parts.joined(separator: "/")
            if parts.count > 1 { try makeFolders(folder + "/" + parts.dropLast().joined(separator: "/"), mode: 0o711) }
            try write(file, to: path, owner: owner)
        }
    }

    private static func write(_ file: MountedFile, to path: String, owner: Credentials?) throws(SystemError) {
        let bytes: [UInt8]
        switch file.source {
        case .content(let text): bytes = Array(text.utf8)
        case .file(let source): bytes = try readWholeFile(source)
        }
        try writeFileAtomically(bytes, to: path, mode: file.mode)
        if let owner, chown(path, owner.user, owner.group) != 0 {
            throw SystemError.last("give \(path) to user \(owner.user)")
        }
    }
}
