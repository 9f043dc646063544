internal import Glibc
internal import Platform
internal import Stack
internal import Wire

/// What children speak through: the FIFOs and files of their logs, and the sockets of their sd_notify messages. Both
/// belong to an instance and outlive its runs.
final class ChildChannels {
    private let reactor: Reactor
    private let locations: Locations
    private let logTrouble: LogTrouble
    private let onNotify: (ProcessID, String) -> Void
    private let nothing: Int32
    private var logs: [String: InstanceLog] = [:]
    private var sockets: [String: NotifySocket] = [:]
    /// The run that each instance's notify messages are from.
    private var notifying: [String: ProcessID] = [:]

    init(
        reactor: Reactor, locations: Locations, logTrouble: LogTrouble,
        onNotify: @escaping (ProcessID, String) -> Void
    ) throws(SystemError) {
        self.reactor = reactor
        self.locations = locations
        self.logTrouble = logTrouble
        self.onNotify = onNotify
        nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard nothing >= 0 else { throw SystemError.last("open /dev/null") }
    }

    deinit { close(nothing) }

    // MARK: Output

    /// Standard streams for a process that is to be made. Output and error are the caller's to close.
    func streams(for request: SpawnRequest) throws -> (Spawner.Streams, CapturedOutput?) {
        switch request.output {
        case .log(let path, let size, let files):
            let log = try log(for: request.process.instance, path: path, size: size, files: files)
            let ends = try log.open(for: request.credentials)
            return (Spawner.Streams(input: nothing, output: ends.output, error: ends.error), nil)
        case .capture(let limit):
            let captured = try CapturedOutput(limit: limit, reactor: reactor)
            return (Spawner.Streams(input: nothing, output: captured.writer, error: captured.writer), captured)
        }
    }

    /// Goes on reading what a process that an earlier keeper had started writes and notifies.
    func reopen(for request: SpawnRequest) {
        if case .log(let path, let size, let files) = request.output {
            _ = try? log(for: request.process.instance, path: path, size: size, files: files)
        }
        guard request.notify, (try? notifyPath(for: request)) != nil else { return }
        listen(to: request.process)
    }

    /// Reads what an instance's process has left in its FIFOs.
    func drain(_ instance: InstanceID) {
        logs[instance.description]?.drain()
    }

    private func log(for instance: InstanceID, path: String, size: Int64, files: Int) throws -> InstanceLog {
        let name = instance.description
        if let log = logs[name] {
            log.configure(size: size, files: files)
            return log
        }
        let log = try InstanceLog(
            base: name, folder: locations.pipes,
            file: LogFile(path: path, size: size, files: files, trouble: logTrouble), reactor: reactor)
        logs[name] = log
        return log
    }

    // MARK: Notify messages

    /// The path of the instance's socket, which that user may write to.
    func notifyPath(for request: SpawnRequest) throws -> String {
        let name = request.process.instance.description
        let socket = try sockets[name] ?? makeNotifySocket(name)
        socket.give(to: request.credentials)
        return socket.path
    }

    /// From now on the messages of the instance's socket are those of that run.
    func listen(to process: ProcessID) {
        notifying[process.instance.description] = process
    }

    private func makeNotifySocket(_ name: String) throws -> NotifySocket {
        let socket = try NotifySocket(path: locations.notifySocket(of: name), reactor: reactor) { [weak self] text in
            guard let self, let process = self.notifying[name] else { return }
            self.onNotify(process, text)
        }
        sockets[name] = socket
        return socket
    }

    // MARK: Files

    /// Makes every file again after somebody removed them.
    func restoreFiles(credentials: (ProcessID) -> Credentials?) {
        for (name, log) in logs {
            do {
                try log.restoreFiles()
            } catch {
                Log.write("\(name) cannot log until Hale is restarted: \(error)")
            }
        }
        for name in sockets.filter({ !fileExists($0.value.path) }).keys.sorted() {
            sockets[name] = nil
            _ = try? makeNotifySocket(name).give(to: notifying[name].flatMap(credentials))
        }
    }

    /// Reads what is left and removes every file.
    func removeFiles() {
        for log in logs.values {
            log.drain()
            log.removeFiles()
        }
        for socket in sockets.values { socket.removeFile() }
    }
}
