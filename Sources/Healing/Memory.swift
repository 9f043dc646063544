public import Stack

/// How an instance without a process ended, so that Hale's own restart does not start it again.
public struct InstanceMemory: Hashable, Sendable, Codable {
    /// How it ended.
    public enum End: Hashable, Sendable, Codable {
        /// With code 0, and it is not to run again.
        case completed
        /// For good.
        case failed
        /// In quarantine; nil is until a person releases it.
        case quarantined(until: Instant?)
    }

    /// Which instance.
    public var id: InstanceID
    /// How it ended.
    public var end: End
    /// Which of its starts that was.
    public var run: Int
    /// How it was launched; another launch is a new chance.
    public var launch: LaunchSpecification
    /// Its last exit code, as `InstanceReport` has it.
    public var exitCode: Int32?
    /// What went wrong last.
    public var lastError: String?

    /// The end of `run` of an instance.
    public init(
        id: InstanceID, end: End, run: Int, launch: LaunchSpecification, exitCode: Int32? = nil,
        lastError: String? = nil
    ) {
        self.id = id
        self.end = end
        self.run = run
        self.launch = launch
        self.exitCode = exitCode
        self.lastError = lastError
    }
}

extension Engine {
    /// The instances that have ended and are not to be started again as if nothing had been, sorted. To be kept across
    /// Hale's own restarts, like `wills`.
    public var memory: [InstanceMemory] {
        memories.values.sorted { $0.id < $1.id }
    }

    /// Takes over how instances ended before Hale was restarted; to be called before the first `configured`.
    public mutating func restore(memory: [InstanceMemory]) {
        memories = Dictionary(memory.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
    }

    /// Keeps what is worth keeping of an instance whose state has changed.
    mutating func remember(_ machine: InstanceMachine) {
        let end: InstanceMemory.End
        switch machine.phase {
        case .completed: end = .completed
        case .failed: end = .failed
        case .quarantined(let until): end = .quarantined(until: until)
        case .pending, .waiting, .starting, .running, .paused, .stopping, .backoff, .stopped:
            if !memories.isEmpty { memories[machine.id] = nil }
            return
        }
        memories[machine.id] = InstanceMemory(
            id: machine.id, end: end, run: machine.run, launch: machine.launch ?? machine.specification.launch,
            exitCode: machine.exitCode,
            lastError: machine.lastError)
    }

    /// A new instance begins where its memory ends, if there is one that still fits.
    mutating func recall(_ instance: InstanceID, _ service: Service) {
        guard let memory = memories[instance], let machine = instances[instance] else { return }
        guard memory.launch == machine.specification.launch else {
            memories[instance] = nil
            return
        }
        update(instance) { [now] in
            $0.run = memory.run
            $0.exitCode = memory.exitCode
            $0.lastError = memory.lastError
            $0.startCause = "it is part of the stack"
            switch memory.end {
            case .completed: $0.phase = .completed
            case .failed: $0.phase = .failed
            case .quarantined(let until):
                // The clock may have begun anew with the host; no release is later than a fresh one would be.
                $0.phase = .quarantined(until: until.map { min($0, now + max(service.restart.release, .zero)) })
            }
        }
    }
}
