/// A tar archive in pieces: for each entry its header, its bytes and their padding; after the last one the end.
///
/// - Source: POSIX.1-2017, `pax`, "pax Interchange Format" and "ustar Interchange Format".
public enum TarArchive {
    static let blockSize = 512

    /// What stands after the last entry: two empty blocks.
    public static let end = [UInt8](repeating: 0, count: 2 * blockSize)

    /// What stands before the bytes of an entry; whole blocks. It says in a pax header what a ustar header has no room for: long
    /// names, names that are not ASCII, sizes from 8 GiB, large numbers of users.
    public static func header(of entry: TarEntry) -> [UInt8] {
        let block = TarHeader(entry)
        guard !block.records.isEmpty else { return block.bytes }
        let records = block.records.flatMap { PaxRecord.bytes($0.key, $0.value) }
        return TarHeader(paxOf: entry, size: records.count).bytes + records + padding(after: Int64(records.count))
            + block.bytes
    }

    /// What fills the last block after so many bytes.
    public static func padding(after size: Int64) -> [UInt8] {
        let over = Int(max(size, 0) % Int64(blockSize))
        return over == 0 ? [] : [UInt8](repeating: 0, count: blockSize - over)
    }

    /// A whole archive of these files; `withFolders` puts the folders above them in, as root's with mode 0755.
    public static func archive(of files: [TarFile], withFolders: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = []
        var made: Set<String> = []
        for file in files {
            let parts = file.path.split(separator: "/")
            if withFolders {
                for count in 1..<max(parts.count, 1) {
                    let folder = parts.prefix(count).joined(separator: "/")
                    guard made.insert(folder).inserted else { continue }
                    bytes += header(of: TarEntry(path: folder, kind: .folder, mode: 0o755))
                }
            }
            let size = Int64(file.content.count)
            let entry = TarEntry(
                path: parts.joined(separator: "/"), kind: .file(size: size), mode: file.mode, user: file.user,
                group: file.group, modified: file.modified)
            bytes += header(of: entry) + file.content + padding(after: size)
        }
        return bytes + end
    }
}
