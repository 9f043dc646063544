public import Stack

/// What an instance has on its record: how often it was restarted, and what it still waits for. Kept across Hale's own
/// restarts, so that nobody gets a crash loop more restarts by killing Hale.
public struct RestartHistory: Hashable, Sendable, Codable {
    /// Which instance.
    public var id: InstanceID
    /// How it was launched; another launch is a new chance.
    public var launch: LaunchSpecification
    /// Which of its starts was the last.
    public var run: Int
    /// Restarts since Hale has known it.
    public var restarts: Int
    /// When it was to be started again for its own failure, where it had no process.
    public var nextStart: Instant?
    /// Its last exit code, as `InstanceReport` has it.
    public var exitCode: Int32?
    /// What went wrong last.
    public var lastError: String?
    var ledger: RestartLedger
    /// An end that nobody was to act on yet.
    var pendingFailure: FailureCause?

    /// The same by a clock that shows `time` more, as the host's does after it was started again.
    public func shifted(by time: Duration) -> RestartHistory {
        var history = self
        history.nextStart = nextStart.map { $0 + time }
        history.ledger.shift(by: time)
        return history
    }
}

extension Engine {
    /// Takes over the records from before Hale was restarted; to be called before the first `configured`.
    public mutating func restore(histories: [RestartHistory]) {
        self.histories = Dictionary(histories.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
    }

    /// Keeps the record of an instance that has one.
    mutating func rememberRestarts(_ machine: InstanceMachine) {
        let nextStart = nextRepair(of: machine)
        guard
            machine.restarts > 0 || machine.ledger != RestartLedger() || nextStart != nil
                || machine.pendingFailure != nil
        else {
            if !histories.isEmpty { histories[machine.id] = nil }
            return
        }
        let history = RestartHistory(
            id: machine.id, launch: machine.launch ?? machine.specification.launch, run: machine.run,
            restarts: machine.restarts, nextStart: nextStart,
            exitCode: machine.exitCode, lastError: machine.lastError, ledger: machine.ledger,
            pendingFailure: machine.pendingFailure)
        // Nothing is copied, and nobody writes it down again, where nothing changed.
        if histories[machine.id] != history { histories[machine.id] = history }
    }

    private func nextRepair(of machine: InstanceMachine) -> Instant? {
        guard machine.pendingFailure == nil else { return nil }
        return switch machine.phase {
        case .backoff(let until): until
        case .pending where machine.startKind == .repair, .waiting where machine.startKind == .repair: .zero
        case .pending, .waiting, .starting, .running, .paused, .stopping, .stopped, .completed, .failed, .quarantined:
            nil
        }
    }

    /// A new instance goes on with its record, if there is one that still fits.
    mutating func recallRestarts(_ instance: InstanceID, _ service: Service) {
        guard let history = histories[instance], let machine = instances[instance] else { return }
        guard history.launch == machine.specification.launch else {
            histories[instance] = nil
            return
        }
        // The clock may have begun anew with the host; no wait is longer than a fresh one could be.
        let longest = now + max(service.restart.delay ?? service.restart.cap, .zero)
        update(instance) {
            $0.run = max($0.run, history.run)
            $0.restarts = history.restarts
            $0.ledger = history.ledger
            $0.exitCode = history.exitCode ?? $0.exitCode
            $0.lastError = history.lastError ?? $0.lastError
            guard $0.phase == .pending else { return }
            $0.pendingFailure = history.pendingFailure
            guard let nextStart = history.nextStart else { return }
            $0.phase = .backoff(until: min(nextStart, longest))
            $0.startKind = .repair
            $0.startCause = history.lastError ?? "it had failed before Hale was restarted"
        }
    }
}
