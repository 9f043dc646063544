internal import Engines
internal import Glibc
internal import Platform
public import Stack
internal import Synchronization

/// The ends of containers, and what leads to them.
extension ContainerRuntime {
    /// Tells of an end, with the exit code of the first process.
    func ended(_ instance: InstanceID, code: Int?, outOfMemory: Bool) {
        guard var member = members[instance] else { return }
        member.isRunning = false
        member.isPaused = false
        members[instance] = member
        book.pages[instance.description] = nil
        let isOutOfMemory = outOfMemory || signs.wasOutOfMemory(member.container, at: Calendar.now())
        signs.forget(member.container)
        onEvent(
            .exited(instance, run: member.run, status: RuntimeExit(containerCode: code, outOfMemory: isOutOfMemory)))
        keepLog(of: instance, member.container)
        removeIfUnwanted(instance)
    }

    /// Its incident wants to know what it wrote last, which goes with the container.
    private func keepLog(of instance: InstanceID, _ container: String) {
        let (folder, path) = (logFolder, "\(logFolder)/\(instance).log")
        link.performCommand { session in
            let lines = Mutex<[UInt8]>([])
            try session.logs(container, tail: Self.keptLines) { line in
                lines.withLock { $0 += line.fileLine }
                return true
            }
            try makeFolders(folder, mode: 0o700)
            try writeFileAtomically(lines.withLock { $0 }, to: path, mode: 0o600, durable: false)
        } then: { [weak self] result in
            if case .success = result { self?.onEvent(.logKept(instance)) }
        }
    }

    private static let keptLines = 50

    /// The container of an instance that the stack has no longer goes with it.
    private func removeIfUnwanted(_ instance: InstanceID) {
        let isWanted = stack.services[instance.service].map { instance.number <= $0.replicas } ?? false
        guard !isWanted, let member = members.removeValue(forKey: instance) else { return }
        owners[member.container] = nil
        book.policies[member.container] = nil
        link.perform(instance.description) { session in
            try session.removeContainer(member.container)
        } then: { _ in
        }
    }

    /// Signals the first process.
    public func signal(_ instance: InstanceID, run: Int, _ signal: Int32) {
        send(signal, to: instance, run: run)
    }

    /// Kills the container.
    public func kill(_ instance: InstanceID, run: Int) {
        send(SIGKILL, to: instance, run: run)
    }

    private func send(_ signal: Int32, to instance: InstanceID, run: Int) {
        if let launch = launches[instance], launch.run == run, launch.isPostponed {
            return fail(instance, run: run, "it was stopped before the engine was there again")
        }
        // Of one that has ended the signal would go to its next start, where `docker restart` makes one.
        guard let member = members[instance], member.run == run, member.isRunning,
            !signs.hasEnded(member.container)
        else { return }
        signs.expectKill(of: member.container)
        link.perform(instance.description) { session in
            // An engine sends a frozen container no signal.
            if signal == SIGKILL, try session.container(member.container).State.Status == "paused" {
                try session.unpauseContainer(member.container)
            }
            try session.killContainer(member.container, signal: signal)
        } then: { [weak self] result in
            guard case .failure(let error as EngineError) = result else { return }
            if error.isAbsence || error == .timedOut {
                self?.signs.postpone(signal, for: instance, run: run)
            } else {
                self?.lookAgain(instance)
            }
        }
    }

    /// Sends what could not be sent.
    func sendPostponed() {
        for (instance, run, signal) in signs.takePostponed() { send(signal, to: instance, run: run) }
    }

    /// Freezes or thaws the container.
    public func freeze(_ instance: InstanceID, run: Int, _ frozen: Bool) {
        guard let member = members[instance], member.run == run, member.isRunning else { return }
        members[instance]?.isPaused = frozen
        signs.expectFreeze(of: member.container, frozen)
        link.perform(instance.description) { session in
            if frozen {
                try session.pauseContainer(member.container)
            } else {
                try session.unpauseContainer(member.container)
            }
        } then: { _ in
            // It is so already, or has ended, which is told by itself.
        }
    }
}

extension RuntimeExit {
    /// By the exit code that an engine tells, which is 128 and the signal's number where a signal ended the process.
    init(containerCode code: Int?, outOfMemory: Bool) {
        self.init(code: nil, signal: nil, outOfMemory: outOfMemory, successor: nil)
        guard let code else { return }
        if (129...192).contains(code) {
            signal = Int32(code - 128)
        } else {
            self.code = Int32(truncatingIfNeeded: code)
        }
    }
}
