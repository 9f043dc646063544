internal import Engines
internal import Glibc
internal import Platform
internal import Stack
internal import Synchronization

/// A command in a container of the stack's: what it prints is shown as it comes, and its exit code is handed on.
struct ContainerCommand {
    let words: [String]
    let surroundings: CommandSurroundings
    let detaches: Bool
    let session: Session

    func run(in instance: InstanceID, of stack: Stack) throws -> ExitCode {
        guard !surroundings.isOnTerminal, !surroundings.isInputWaiting else {
            throw CommandFailure(
                "'hale exec' hands no input to a container; add -T --interactive=false, or use 'docker exec -it'",
                .backend)
        }
        do {
            let runtime = try RuntimeChoice.present(stack, in: session)
            guard let endpoint = runtime.endpoint else { return .failure }
            let engine = try EngineClient(endpoint).connect()
            let container = try engine.container(of: instance, project: stack.name)
            let id = try engine.createCommand(
                in: container, words, user: surroundings.user, folder: surroundings.folder,
                environment: surroundings.environment(callers: session.environment, isDetached: detaches),
                attached: !detaches)
            if detaches {
                try engine.startDetached(id)
                return .success
            }
            let refusal = Mutex<String?>(nil)
            try engine.startCommand(id, timeout: nil) { piece, isError in
                // What keeps it from being run at all, engines print as if the command had.
                let text = String(decoding: piece.prefix(Self.refusalLength), as: UTF8.self)
                if text.hasPrefix("OCI runtime exec failed") {
                    refusal.withLock { $0 = text }
                    return true
                }
                return Self.write(piece, to: isError ? STDERR_FILENO : STDOUT_FILENO)
            }
            if let text = refusal.withLock({ $0 }) { throw Self.failure(text) }
            throw CommandExit(code: Int32(truncatingIfNeeded: try engine.command(id).ExitCode ?? 0))
        } catch let error as EngineError {
            throw CommandFailure(error.description, .backend)
        }
    }

    private static let refusalLength = 1_000

    private static func failure(_ refusal: String) -> CommandFailure {
        let line = refusal.split(whereSeparator: \.isNewline).first.map(String.init) ?? refusal
        let isMissing = ["not found", "no such file"].contains { line.lowercased().contains($0) }
        return CommandFailure(line, isMissing ? .notFound : .notExecutable)
    }

    /// False where nobody reads any more.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

extension EngineSession {
    /// The identifier of an instance's container.
    fileprivate func container(of instance: InstanceID, project: String) throws -> String {
        let own = try containers(ofProject: project).filter { $0.instance == instance }.map(\.summary)
        guard let container = own.first(where: { $0.State == "running" }) ?? own.first else {
            throw CommandFailure("'\(instance)' has no container", .backend)
        }
        return container.Id
    }
}
