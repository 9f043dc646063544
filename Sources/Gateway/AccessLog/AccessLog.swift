internal import Stack

/// The access logs of all services: lines are gathered in memory and written by a thread of their own, some at a time.
///
/// The loop never waits for a disk. What comes while the memory is full and the thread still writes what came before is
/// dropped and counted, and the gateway's log says so.
final class AccessLog {
    /// Bytes gathered at most, twice over: one half is gathered while the other is written.
    static let capacity = 256 * 1024
    /// The longest line.
    static let longestLine = 8 * 1024
    /// How long a line stays in memory at most, if the thread is not behind: nanoseconds.
    static let interval: Int64 = 200_000_000
    private static let reportInterval: Int64 = 10_000_000_000

    private let folder: String
    private let writer: AccessLogWriter
    private let report: (String) -> Void
    private var gathering: UnsafeMutableRawPointer
    private var used = 0
    private var files: [AccessLogFile] = []
    private var places: [String: Int32] = [:]
    /// Lines that are lost and not told of, and why.
    private var lost: UInt64 = 0
    private var reason: String?
    private var reportedAt: Int64?
    /// When `flush` has something to do; nanoseconds on the monotonic clock, `max` where it has not.
    private(set) var flushAt = Int64.max

    /// The logs in `folder`; `report` takes a sentence for the gateway's own log.
    init(folder: String, report: @escaping (String) -> Void) {
        self.folder = folder
        self.report = report
        writer = AccessLogWriter(capacity: Self.capacity)
        gathering = .allocate(byteCount: Self.capacity, alignment: 16)
    }

    deinit {
        gathering.deallocate()
    }

    /// The place of a service's file, put aside as `rotation` says from now on.
    func file(of service: String, _ rotation: LogRotation) -> Int32 {
        // Compose allows no slash in a name. Whatever else comes must not lead out of the folder.
        let name = String(service.map { $0 == "/" ? "_" : $0 })
        let file = AccessLogFile(path: "\(folder)/\(name).log", size: rotation.size, files: rotation.files)
        if let place = places[name] {
            files[Int(place)] = file
            return place
        }
        files.append(file)
        places[name] = Int32(files.count - 1)
        return Int32(files.count - 1)
    }

    /// Adds the line that `write` writes to the room it is given; nil is none.
    func append(to file: Int32, at now: Int64, _ write: (UnsafeMutableRawBufferPointer) -> Int?) {
        if used + AccessLogSegment.headLength + Self.longestLine > Self.capacity { handOver() }
        let start = used + AccessLogSegment.headLength
        guard start + Self.longestLine <= Self.capacity else { return drop(at: now) }
        let room = UnsafeMutableRawBufferPointer(start: gathering + start, count: Self.longestLine)
        guard let length = write(room) else { return drop(at: now) }
        AccessLogSegment(file: file, length: Int32(length)).write(to: gathering + used)
        used = start + length
        flushAt = min(flushAt, now + Self.interval)
    }

    /// Hands what is gathered to the thread, if it is time to.
    func flush(at now: Int64) {
        guard flushAt <= now else { return }
        // Whether the thread succeeds is known a moment later.
        let goesOn = used > 0
        handOver()
        flushAt = goesOn ? now + Self.interval : .max
        tellOfLosses(at: now)
    }

    /// Writes what is gathered and ends the thread, for which it waits a second at most.
    func finish() {
        handOver()
        writer.finish(milliseconds: 1_000)
        used = 0
        flushAt = .max
    }

    /// False where the thread still writes what came before.
    @discardableResult
    private func handOver() -> Bool {
        guard used > 0 else { return true }
        guard let empty = writer.exchange(gathering, used, files) else { return false }
        gathering = empty
        used = 0
        return true
    }

    private func drop(at now: Int64) {
        lost &+= 1
        flushAt = min(flushAt, now + Self.interval)
    }

    private func tellOfLosses(at now: Int64) {
        let (more, cause) = writer.takeLosses()
        lost &+= more
        reason = cause ?? reason
        guard lost > 0 else { return }
        if let reportedAt, now - reportedAt < Self.reportInterval {
            flushAt = min(flushAt, reportedAt + Self.reportInterval)
            return
        }
        let why = reason ?? "they came faster than they could be written"
        report("\(lost) lines of access logs were lost: \(why)")
        lost = 0
        reason = nil
        reportedAt = now
    }
}

/// What stands before each line that is gathered.
struct AccessLogSegment {
    static let headLength = 8

    /// The place of its file.
    let file: Int32
    /// Bytes of the line, its end included.
    let length: Int32

    init(file: Int32, length: Int32) {
        self.file = file
        self.length = length
    }

    init(readFrom memory: UnsafeRawPointer) {
        file = memory.loadUnaligned(as: Int32.self)
        length = memory.loadUnaligned(fromByteOffset: 4, as: Int32.self)
    }

    func write(to memory: UnsafeMutableRawPointer) {
        memory.storeBytes(of: file, as: Int32.self)
        memory.storeBytes(of: length, toByteOffset: 4, as: Int32.self)
    }
}
