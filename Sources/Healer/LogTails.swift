internal import Glibc
internal import Platform
internal import Stack

/// What an instance printed last, for its incident.
enum LogTails {
    /// Lines of an incident's record.
    static let lines = 50
    /// What is read at most, from the end: that bounds the time, whatever was printed.
    private static let bytes = 256 << 10
    /// Longer lines are cut.
    private static let longestLine = 2_000
    private static let mostRotations = 100

    /// The last lines of the log files of `instance` in `folder`, the put-aside ones included, the oldest line first.
    static func read(_ instance: InstanceID, in folder: String) -> IncidentRecord.LogTail {
        let path = "\(folder)/\(instance).log"
        var text: [UInt8] = []
        for name in [path] + (1...mostRotations).map({ "\(path).\($0)" }) {
            guard let part = end(of: name, atMost: bytes - text.count) else {
                // Just put aside, and nothing was printed since.
                if name == path { continue }
                break
            }
            text = part.bytes + text
            let isEnough = text.count { $0 == newline } > lines
            if isEnough || part.isCut || text.count >= bytes { break }
        }
        return IncidentRecord.LogTail(instance: instance.description, lines: last(lines, of: text))
    }

    /// The last `count` lines of a text, whose first may be the end of a line; an unfinished one counts.
    static func last(_ count: Int, of text: [UInt8]) -> [String] {
        text.split(separator: newline).suffix(count).map { line in
            let cut = line.count > longestLine ? "…" : ""
            return String(decoding: line.prefix(longestLine), as: UTF8.self) + cut
        }
    }

    private static let newline = UInt8(ascii: "\n")

    /// The last bytes of a regular file, from the beginning of a line where it is cut; nil where there is none.
    private static func end(of path: String, atMost count: Int) -> (bytes: [UInt8], isCut: Bool)? {
        let descriptor = retryingInterrupts { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let start = max(0, Int(status.st_size) - max(0, count))
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) - start)
        var filled = 0
        while filled < bytes.count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                retryingInterrupts {
                    pread(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled, start + filled)
                }
            }
            guard got > 0 else { break }
            filled += got
        }
        bytes.removeLast(bytes.count - filled)
        guard start > 0 else { return (bytes, false) }
        return (Array(bytes.drop { $0 != newline }), true)
    }
}
