internal import Glibc
internal import Platform

/// Where the access log of a service is, and when the file is put aside: `NAME.log.1` is then the newest of those before.
///
/// It is opened for each write, so whoever moves or removes it, and another gateway that writes to it, is no trouble.
struct AccessLogFile: Sendable {
    let path: String
    /// Bytes that a file may hold, unless one line alone is longer.
    let size: Int64
    /// Files that are kept, at least one.
    let files: Int

    private static let newline = UInt8(ascii: "\n")

    /// Appends whole lines; `errno` of what went wrong and the number of lines that are lost, or nil.
    func append(_ lines: [UInt8]) -> (code: Int32, lost: Int)? {
        var rest = lines[...]
        while !rest.isEmpty {
            let descriptor = open()
            guard descriptor >= 0 else { return (errno, Self.count(rest)) }
            defer { close(descriptor) }
            let present = Int64(max(lseek(descriptor, 0, SEEK_END), 0))
            let part = fitting(rest, after: present)
            guard !part.isEmpty else {
                putAside(path, keeping: files)
                continue
            }
            let written = part.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if written < part.count {
                let code = written < 0 ? errno : ENOSPC
                if code == EINTR { continue }
                // Half a line would be read as a wrong one.
                _ = ftruncate(descriptor, off_t(present))
                return (code, Self.count(rest))
            }
            rest = rest.dropFirst(part.count)
        }
        return nil
    }

    private static func count(_ lines: ArraySlice<UInt8>) -> Int { lines.count { $0 == newline } }

    private func open() -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC
        let descriptor = Glibc.open(path, flags, 0o640)
        guard descriptor < 0, errno == ENOENT, let slash = path.lastIndex(of: "/") else { return descriptor }
        try? makeFolders(String(path[..<slash]), mode: 0o750)
        return Glibc.open(path, flags, 0o640)
    }

    /// As many of the lines as the file has room for; none where it is to be put aside first.
    private func fitting(_ lines: ArraySlice<UInt8>, after present: Int64) -> ArraySlice<UInt8> {
        let room = Int(clamping: max(size - present, 0))
        guard lines.count > room else { return lines }
        if let end = lines.prefix(room).lastIndex(of: Self.newline) { return lines[...end] }
        guard present == 0, let end = lines.firstIndex(of: Self.newline) else { return present == 0 ? lines : [] }
        return lines[...end]
    }
}
