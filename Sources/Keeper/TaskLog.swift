internal import Glibc
public import Platform

/// Carries what a task prints into a log file of the same format as an instance's. Belongs to a reactor's thread.
public final class TaskLog {
    private static let chunk = 65_536

    private final class Stream {
        var stamper: LineStamper
        let reader: Int32
        var registration: Registration?

        init(name: String, reader: Int32) {
            stamper = LineStamper(stream: name)
            self.reader = reader
        }
    }

    private let reactor: Reactor
    private let file: LogFile
    private var streams: [Stream] = []
    /// What the task writes to: standard output and standard error.
    public private(set) var writers: [Int32] = []

    /// Writes to `path`, which is put aside at `size` bytes, `files` being kept.
    public init(path: String, size: Int64, files: Int, reactor: Reactor) throws(SystemError) {
        self.reactor = reactor
        file = LogFile(path: path, size: size, files: files)
        for name in ["stdout", "stderr"] {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw SystemError.last("make a pipe") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
            writers.append(ends[1])
            let stream = Stream(name: name, reader: ends[0])
            streams.append(stream)
            stream.registration = try reactor.register(ends[0], for: .read) { [weak self, unowned stream] _ in
                self?.read(stream, limit: 16)
            }
        }
    }

    deinit {
        for stream in streams {
            if let registration = stream.registration { reactor.remove(registration) }
            close(stream.reader)
        }
        for writer in writers { close(writer) }
    }

    /// Reads what is left after the task's end.
    public func finish() {
        for stream in streams {
            read(stream, limit: 1_024)
            let rest = stream.stamper.finish()
            if !rest.isEmpty { file.append(rest) }
        }
    }

    private func read(_ stream: Stream, limit: Int) {
        withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 16) { buffer in
            for _ in 0..<limit {
                // The end never comes, as this program holds the writers, too.
                guard case .bytes(let count) = readBytes(stream.reader, into: buffer) else { return }
                let lines = stream.stamper.stamp(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                if !lines.isEmpty { file.append(lines) }
            }
        }
    }
}
