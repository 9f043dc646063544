internal import Glibc
internal import Platform

/// Reads what one instance has written, from its oldest file to its newest, and goes on when it writes more.
///
/// The files are `NAME.log`, and `NAME.log.1` and so on from newer to older. A file that is put aside while it is read is
/// read to its end first.
final class InstanceLog {
    /// Files looked for besides the newest.
    static let mostRotations = 1_000

    let instance: String
    private let path: String
    private let since: [UInt8]
    private let isAccess: Bool
    private var file: LogFile?
    private var joiner = LogLineJoiner()
    /// Entries to be handed out before anything more is read, the last one first.
    private var kept: [LogEntry] = []

    /// Entries of `instance` in `folder` that are not older than `since`, a time as log files write it. Where they are
    /// those of an access log, it is a service and not an instance.
    init(instance: String, folder: String, since: [UInt8] = [], isAccess: Bool = false) {
        self.isAccess = isAccess
        self.instance = instance
        path = "\(folder)/\(instance).log"
        self.since = since
    }

    /// The next entry; nil where there is none for now.
    func next() -> LogEntry? {
        kept.popLast() ?? read()
    }

    /// Skips everything that is there but the last `count` entries.
    func keepLast(_ count: Int) {
        var ring: [LogEntry] = []
        while let entry = read() {
            ring.append(entry)
            // Trimmed now and then, as removing from the front costs as much as there are entries.
            if ring.count >= 2 * count + 64 { ring.removeFirst(ring.count - count) }
        }
        kept = ring.suffix(count).reversed()
    }

    private func read() -> LogEntry? {
        while true {
            while let line = file?.nextLine() {
                guard let parsed = isAccess ? LogFileLine(access: line) : LogFileLine(line),
                    !parsed.time.lexicographicallyPrecedes(since),
                    let entry = joiner.add(parsed)
                else { continue }
                return entry
            }
            guard advance() else { return nil }
        }
    }

    /// Goes on to the next newer file, once the present one can grow no more; false where there is nothing to read.
    private func advance() -> Bool {
        if let file, !file.isClosed {
            guard let successor = successor(of: file) else { return false }
            // What was written between the last read and the rotation is still to come.
            file.isClosed = true
            self.successor = successor
            return true
        }
        let next = successor ?? oldest()
        successor = nil
        guard let next else { return false }
        file = LogFile(path: next)
        return file != nil
    }

    private var successor: String?

    /// The paths that exist, the oldest first.
    private func paths() -> [String] {
        var found: [String] = []
        for number in 1...Self.mostRotations {
            let older = "\(path).\(number)"
            guard access(older, F_OK) == 0 else { break }
            found.append(older)
        }
        found.reverse()
        if access(path, F_OK) == 0 { found.append(path) }
        return found
    }

    private func oldest() -> String? { paths().first }

    private func successor(of file: LogFile) -> String? {
        let all = paths()
        guard let place = all.lastIndex(where: { FileIdentity($0) == file.identity }) else { return all.first }
        return place + 1 < all.count ? all[place + 1] : nil
    }
}

/// An open log file, read line by line.
final class LogFile {
    let identity: FileIdentity
    /// Whether it is known to grow no more.
    var isClosed = false
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var position = 0

    init?(path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        identity = FileIdentity(status)
    }

    deinit { close(descriptor) }

    /// The next whole line without its end; nil where there is none for now.
    func nextLine() -> ArraySlice<UInt8>? {
        while true {
            if let end = endOfLine() {
                defer { position = end + 1 }
                return buffer[position..<end]
            }
            guard fill() else { return nil }
        }
    }

    private func endOfLine() -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, position < bytes.count,
                let found = memchr(start + position, 10, bytes.count - position)
            else { return nil }
            return UnsafeRawPointer(found) - start
        }
    }

    private func fill() -> Bool {
        buffer.removeFirst(position)
        position = 0
        let old = buffer.count
        let chunk = 1 << 16
        // A line that never ends must not fill the memory: it is dropped.
        if old > LogLineJoiner.longest { buffer.removeAll() }
        let start = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: chunk))
        let count = buffer.withUnsafeMutableBytes { bytes in
            while true {
                let count = Glibc.read(descriptor, bytes.baseAddress.map { $0 + start }, chunk)
                if count >= 0 || errno != EINTR { return count }
            }
        }
        buffer.removeLast(chunk - max(0, count))
        return count > 0
    }
}
