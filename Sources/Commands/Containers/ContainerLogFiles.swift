internal import Engines
internal import FoundationEssentials
internal import Glibc
internal import Platform
internal import Stack
internal import Synchronization

/// What containers have written, taken from their engine into log files as Hale writes them of processes, in a folder that is
/// removed in the end.
final class ContainerLogFiles: Sendable {
    /// A file is put aside at that size, and the one before it removed.
    private static let longest = 16 << 20
    private static let discoveryInterval = Duration.seconds(1)

    private struct Followed {
        /// Containers that are read at the moment.
        var reading: Set<String> = []
        /// When the last line that was read of a container was written.
        var last: [String: Int64] = [:]
        var isEnding = false
    }

    let folder: String
    private let client: EngineClient
    private let project: String
    private let services: Set<String>
    private let since: Int64?
    private let tail: Int?
    private let state = Mutex(Followed())

    /// Those of a stack's services, or of `services` alone: not older than `since`, or the last `tail` lines of each container.
    init(
        of stack: Stack, services: Set<String>, since: CalendarTime?, tail: Int?, in session: Session,
        _ locations: Locations
    ) throws {
        guard let endpoint = try RuntimeChoice.present(stack, in: session).endpoint else {
            throw CommandFailure("the stack has no containers")
        }
        client = EngineClient(endpoint)
        project = stack.name
        self.services = services
        self.since = since?.nanoseconds
        self.tail = tail
        Self.removeForgotten(in: locations.runtime)
        folder = "\(locations.runtime)/\(Self.prefix)\(ProcessFacts.own)"
        try makeFolders(folder, mode: 0o700)
    }

    deinit { removeTree(folder) }

    private static let prefix = "logs-"

    /// Those of processes that were killed.
    private static func removeForgotten(in folder: String) {
        for name in namesInFolder(folder) where name.hasPrefix(prefix) {
            guard let pid = Int32(name.dropFirst(prefix.count)), ProcessFacts.state(of: pid) == nil else { continue }
            removeTree("\(folder)/\(name)")
        }
    }

    /// Takes all there is now.
    func read() throws {
        let engine = try connect()
        for (instance, container) in try containers(engine) { try read(instance, container, engine, follows: false) }
    }

    /// Goes on with what is written from now on, also by containers that come later. Waits for nothing.
    func follow() {
        DetachedThread.run { [weak self] in
            while let self, !isEnding {
                discover()
                usleep(UInt32(clamping: Self.discoveryInterval.nanoseconds / 1_000))
            }
        }
    }

    /// Ends that, and removes the files: threads that wait for an engine keep all else.
    func end() {
        state.withLock { $0.isEnding = true }
        removeTree(folder)
    }

    private var isEnding: Bool { state.withLock { $0.isEnding } }

    private func connect() throws -> EngineSession {
        do { return try client.connect() } catch { throw CommandFailure("\(error)", .backend) }
    }

    private func discover() {
        // An engine that is gone may come back.
        guard let engine = try? client.connect(), let found = try? containers(engine) else { return }
        for (instance, container) in found {
            guard state.withLock({ $0.reading.insert(container).inserted }) else { continue }
            DetachedThread.run { [weak self] in
                try? self?.read(instance, container, engine, follows: true)
                self?.state.withLock { _ = $0.reading.remove(container) }
            }
        }
    }

    private func containers(_ engine: EngineSession) throws(EngineError) -> [(InstanceID, String)] {
        try engine.containers(ofProject: project)
            .filter { services.isEmpty || services.contains($0.instance.service) }
            .map { ($0.instance, $0.summary.Id) }
    }

    private func read(
        _ instance: InstanceID, _ container: String, _ engine: EngineSession, follows: Bool
    ) throws(EngineError) {
        let known = state.withLock { $0.last[container] }
        let writer = LogFileWriter(path: "\(folder)/\(instance).log", longest: Self.longest)
        try engine.logs(
            container, since: known.map { $0 + 1 } ?? since, tail: known == nil ? tail : nil, follows: follows
        ) { [weak self] line in
            guard let self, !isEnding else { return false }
            writer.write(line.fileLine)
            state.withLock { $0.last[container] = line.time }
            return true
        }
    }
}

/// Appends lines to a file, and puts it aside where it grows too long.
private final class LogFileWriter {
    private let path: String
    private let longest: Int
    private var file: UnsafeMutablePointer<FILE>?
    private var length = 0

    init(path: String, longest: Int) {
        self.path = path
        self.longest = longest
        file = fopen(path, "ae")
    }

    deinit { if let file { fclose(file) } }

    func write(_ line: [UInt8]) {
        guard let open = file else { return }
        fwrite(line, 1, line.count, open)
        fflush(open)
        length += line.count
        guard length > longest else { return }
        fclose(open)
        rename(path, path + ".1")
        file = fopen(path, "ae")
        length = 0
    }
}
