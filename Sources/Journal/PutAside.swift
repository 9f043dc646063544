internal import Glibc
internal import Platform

/// Renames a file of the journal that cannot be used, so that a new one can take its place.
struct PutAside {
    /// Damaged files kept; the oldest go first.
    private static let kept = 3

    /// The journal's file.
    let path: String

    /// Renames the file to `PATH.LABEL-SECONDS` and returns that. What cannot be renamed is not lost, but in the way.
    func move(_ label: String, now: Int64) throws(JournalError) -> String {
        let place = free("\(path).\(label)-\(now / 1_000_000_000)")
        guard rename(path, place) == 0 else {
            let reason = SystemError.last("put the file \(path) aside").description
            throw .unusable(reason, advice: "make its folder writable, or move the file away")
        }
        // What was not yet moved from the log into the file belongs to it; the index of the log is made anew.
        rename(path + "-wal", place + "-wal")
        unlink(path + "-shm")
        return place
    }

    /// Removes all but the newest damaged files. Those of a newer Hale stay, and so does a folder with something in it.
    func limit() {
        for name in leftovers(".corrupt-").filter({ !$0.hasSuffix("-wal") }).dropLast(Self.kept) {
            let old = folder + "/" + name
            if unlink(old) != 0 { rmdir(old) }
            unlink(old + "-wal")
        }
    }

    /// Whether there were files before: then ids were given that a new file knows nothing of.
    var hasLeftovers: Bool { !leftovers(".corrupt-").isEmpty || !leftovers(".newer-").isEmpty }

    private var folder: String { path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." }

    private func leftovers(_ mark: String) -> [String] {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return namesInFolder(folder).filter { $0.hasPrefix(name + mark) }
    }

    private func free(_ place: String) -> String {
        guard access(place, F_OK) == 0 else { return place }
        for number in 2...99 where access("\(place)-\(number)", F_OK) != 0 { return "\(place)-\(number)" }
        return place + "-100"
    }
}
