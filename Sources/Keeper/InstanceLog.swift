internal import Glibc
internal import Platform
internal import Wire

/// Carries what an instance prints into its log file.
///
/// Each stream is a FIFO that the process holds open for reading too: if the keeper dies the process is not sent
/// SIGPIPE but waits once the FIFO is full, and the next keeper reads on where this one ended.
final class InstanceLog {
    private static let chunk = 65_536

    private let reactor: Reactor
    private let file: LogFile
    private let base: String
    private let folder: String
    private var streams: [Stream] = []
    /// Streams whose files were removed while processes had them open.
    private var formerStreams: [Stream] = []

    private final class Stream {
        let path: String
        let reader: Int32
        var registration: Registration?
        var stamper: LineStamper
        /// Whose FIFO it is, nil in the second place being Hale's own user; unknown where an earlier keeper made it.
        var owner: Credentials??

        init(path: String, reader: Int32, name: String) {
            self.path = path
            self.reader = reader
            stamper = LineStamper(stream: name)
        }
    }

    /// FIFOs `BASE.out` and `BASE.err` in `folder`, made where they are missing.
    init(base: String, folder: String, file: LogFile, reactor: Reactor) throws(SystemError) {
        self.reactor = reactor
        self.file = file
        self.base = base
        self.folder = folder
        try openStreams()
    }

    /// Makes the FIFOs anew after their files were removed; what has the old ones open is still read.
    func restoreFiles() throws(SystemError) {
        // Two readers of one FIFO would each get a part of the lines.
        guard streams.contains(where: { !fileExists($0.path) }) else { return }
        removeFiles()
        formerStreams += streams
        streams = []
        try openStreams()
    }

    private func openStreams() throws(SystemError) {
        for (ending, name) in [("out", "stdout"), ("err", "stderr")] {
            let path = "\(folder)/\(base).\(ending)"
            if mkfifo(path, 0o600) != 0, errno != EEXIST { throw SystemError.last("make \(path)") }
            let reader = Glibc.open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
            guard reader >= 0 else { throw SystemError.last("open \(path)") }
            let stream = Stream(path: path, reader: reader, name: name)
            stream.registration = try reactor.register(reader, for: .read) { [weak self, unowned stream] _ in
                self?.read(stream, limit: 16)
            }
            streams.append(stream)
        }
    }

    deinit {
        for stream in streams + formerStreams {
            if let registration = stream.registration { reactor.remove(registration) }
            close(stream.reader)
        }
    }

    /// Fresh descriptors for a process that runs as `owner`: standard output and standard error.
    func open(for owner: Credentials?) throws(SystemError) -> (output: Int32, error: Int32) {
        var descriptors: [Int32] = []
        for stream in streams {
            // A process may open /dev/stdout anew, for which it must own the FIFO.
            if ProcessFacts.isRoot, stream.owner != .some(owner) {
                chown(stream.path, owner?.user ?? 0, owner?.group ?? 0)
                stream.owner = owner
            }
            let descriptor = Glibc.open(stream.path, O_RDWR | O_CLOEXEC)
            guard descriptor >= 0 else {
                let error = SystemError.last("open \(stream.path)")
                for descriptor in descriptors { close(descriptor) }
                throw error
            }
            descriptors.append(descriptor)
        }
        return (descriptors[0], descriptors[1])
    }

    func configure(size: Int64, files: Int) {
        file.configure(size: size, files: files)
    }

    /// Reads what is left after the process's end.
    func drain() {
        for stream in streams + formerStreams {
            if hasInput(stream.reader) { read(stream, limit: 256) }
            let rest = stream.stamper.finish()
            if !rest.isEmpty { file.append(rest) }
        }
    }

    /// Takes at most `limit` chunks, so that one that prints without end does not keep the keeper from the others.
    private func read(_ stream: Stream, limit: Int) {
        withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 16) { buffer in
            for _ in 0..<limit {
                guard case .bytes(let count) = readBytes(stream.reader, into: buffer) else { return }
                let lines = stream.stamper.stamp(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                if !lines.isEmpty { file.append(lines) }
                // There was no more; what comes now is reported anew.
                if count < Self.chunk { return }
            }
        }
    }

    /// Removes the FIFOs' files.
    func removeFiles() {
        for stream in streams { unlink(stream.path) }
    }
}

/// Keeps the first bytes that a short command prints.
final class CapturedOutput {
    private let reactor: Reactor
    private let limit: Int
    private let reader: Int32
    private var registration: Registration?
    private var isFinished = false
    private(set) var bytes: [UInt8] = []
    /// The end for the command; to be closed once it runs.
    let writer: Int32

    init(limit: Int, reactor: Reactor) throws(SystemError) {
        self.reactor = reactor
        self.limit = limit
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError.last("make a pipe") }
        reader = ends[0]
        writer = ends[1]
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)
        registration = try reactor.register(reader, for: .read) { [weak self] _ in self?.read() }
    }

    deinit { finish() }

    /// Reads what is left and closes the pipe.
    func finish() {
        guard !isFinished else { return }
        read()
        ignore()
        close(reader)
        isFinished = true
    }

    private func ignore() {
        if let registration { reactor.remove(registration) }
        registration = nil
    }

    private func read() {
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 16) { buffer in
            for _ in 0..<64 {
                switch readBytes(reader, into: buffer) {
                // What is beyond the limit is read and dropped, so that the command is not held up.
                case .bytes(let count): bytes += buffer[..<min(count, limit - bytes.count)]
                case .wouldBlock: return
                case .end, .failed:
                    // Nobody writes any more. The end is reported again and again to whoever watches, asked for or not,
                    // and a command may go on for long without its output.
                    return ignore()
                }
            }
        }
    }
}
