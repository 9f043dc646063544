internal import CLinux
internal import Glibc
internal import Platform
internal import Synchronization

/// The thread that writes access logs, and the memory that goes to and fro between it and the loop.
final class AccessLogWriter: Sendable {
    /// Unchecked: whoever takes it out of the mutex has it alone.
    private struct Memory: @unchecked Sendable {
        let start: UnsafeMutableRawPointer
    }

    private struct State {
        /// What is to be written; nil where the thread has nothing to do.
        var full: (memory: Memory, used: Int)?
        /// What the loop may gather in next; nil while the thread has it.
        var empty: Memory?
        var files: [AccessLogFile] = []
        var lost: UInt64 = 0
        var reason: String?
        var isStarted = false
        var isEnding = false
    }

    private let state: Mutex<State>
    /// Counts what there is to do for the thread.
    private let work = eventfd(0, Int32(EFD_CLOEXEC))
    /// Readable once the thread has ended.
    private let ended = eventfd(0, Int32(EFD_CLOEXEC))

    init(capacity: Int) {
        state = Mutex(State(empty: Memory(start: .allocate(byteCount: capacity, alignment: 16))))
    }

    deinit {
        state.withLock { state in
            state.empty?.start.deallocate()
            state.full?.memory.start.deallocate()
        }
        close(work)
        close(ended)
    }

    /// Takes over lines and gives back memory for the next ones; nil, and nothing is taken, while those before are being
    /// written.
    func exchange(
        _ memory: UnsafeMutableRawPointer, _ used: Int, _ files: [AccessLogFile]
    ) -> UnsafeMutableRawPointer? {
        let offered = Memory(start: memory)
        let (empty, isFirst) = state.withLock { state -> (Memory?, Bool) in
            guard let empty = state.empty, !state.isEnding else { return (nil, false) }
            defer { state.isStarted = true }
            state.empty = nil
            state.full = (offered, used)
            state.files = files
            return (empty, !state.isStarted)
        }
        guard let empty else { return nil }
        // Without a thread the lines are lost, and counted when memory runs out.
        if isFirst { try? DetachedThread.start { self.run() } }
        signal(work)
        return empty.start
    }

    /// The lines that could not be written since this was last asked, and why.
    func takeLosses() -> (lines: UInt64, reason: String?) {
        state.withLock { state in
            defer {
                state.lost = 0
                state.reason = nil
            }
            return (state.lost, state.reason)
        }
    }

    /// Has the thread end once everything is written, and waits for that so long.
    func finish(milliseconds: Int32) {
        let isStarted = state.withLock { state in
            state.isEnding = true
            return state.isStarted
        }
        guard isStarted else { return }
        signal(work)
        var watched = pollfd(fd: ended, events: Int16(POLLIN), revents: 0)
        poll(&watched, 1, milliseconds)
    }

    private func signal(_ descriptor: Int32) {
        var one: UInt64 = 1
        _ = Glibc.write(descriptor, &one, 8)
    }

    private func run() {
        while true {
            var count: UInt64 = 0
            guard read(work, &count, 8) == 8 || errno == EINTR else { return }
            let (full, files, isEnding) = state.withLock {
                state -> ((memory: Memory, used: Int)?, [AccessLogFile], Bool) in
                defer { state.full = nil }
                return (state.full, state.files, state.isEnding)
            }
            if let full {
                writeLines(UnsafeRawBufferPointer(start: full.memory.start, count: full.used), files)
                state.withLock { $0.empty = full.memory }
            }
            guard !isEnding else { break }
        }
        signal(ended)
    }

    /// The lines of each file together.
    private func writeLines(_ gathered: UnsafeRawBufferPointer, _ files: [AccessLogFile]) {
        var lines: [Int32: [UInt8]] = [:]
        var rest = gathered
        while rest.count > AccessLogSegment.headLength, let start = rest.baseAddress {
            let segment = AccessLogSegment(readFrom: start)
            let end = AccessLogSegment.headLength + Int(segment.length)
            guard segment.length > 0, end <= rest.count else { break }
            lines[segment.file, default: []] += rest[AccessLogSegment.headLength..<end]
            rest = UnsafeRawBufferPointer(rebasing: rest[end...])
        }
        for (place, lines) in lines where files.indices.contains(Int(place)) {
            let file = files[Int(place)]
            guard let failure = file.append(lines) else { continue }
            let reason = SystemError(code: failure.code, attempt: "write \(file.path)").description
            state.withLock { state in
                state.lost &+= UInt64(failure.lost)
                state.reason = reason
            }
        }
    }
}
