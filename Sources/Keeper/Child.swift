internal import Glibc
internal import Platform
internal import Wire

/// A process of the keeper's, from its start until the healer has dealt with its end.
final class Child {
    enum State {
        case running
        /// Its main process has ended with that; some of what it started may still live.
        case ending(ExitStatus)
        case ended(ExitRecord)
    }

    let request: SpawnRequest
    let pid: Int32
    let pidfd: Int32
    /// 0 until it has been looked up.
    private(set) var startTime: UInt64
    /// Whether this keeper started it, and so can learn its exit code.
    let isOwn: Bool
    var state = State.running
    let cgroup: Cgroup?
    let captured: CapturedOutput?
    var registration: Registration?
    var deadline: TimerToken?
    /// What to do at once should it end by itself.
    var order: StandingOrder?
    /// What a standing order has put in its place.
    var successor: ExitRecord.Successor?
    /// Processes it had started whose parents have ended; where there is no cgroup to find them by.
    var strays: Set<Int32> = []

    init(
        request: SpawnRequest, process: SpawnedProcess, startTime: UInt64 = 0, isOwn: Bool, cgroup: Cgroup?,
        captured: CapturedOutput?
    ) {
        self.request = request
        pid = process.pid
        pidfd = process.pidfd
        self.startTime = startTime
        self.isOwn = isOwn
        self.cgroup = cgroup
        self.captured = captured
    }

    deinit { if pidfd >= 0 { close(pidfd) } }

    var record: ChildRecord {
        ChildRecord(process: request.process, pid: pid, startTime: startTime, note: request.note)
    }

    /// Looks its start time up, for as long as nobody has waited for it.
    func learnStartTime() {
        startTime = ProcessFacts.startTime(of: pid) ?? 0
    }

    /// Whether its main process may still be running.
    var isRunning: Bool {
        switch state {
        case .running: true
        case .ending, .ended: false
        }
    }

    /// Sends a signal to as much of it as `scope` says. Only a running main process has a process group to be named by
    /// its pid: afterwards the number may be another's.
    func signal(_ number: Int32, scope: SignalScope) {
        guard isRunning, pid > 1 else { return }
        switch scope {
        case .process: sendToMain(number)
        case .group:
            if Glibc.kill(-pid, number) != 0 { sendToMain(number) }
        case .tree:
            let members = members
            // First of all, lest it sees its children die and draws its own conclusions.
            sendToMain(number)
            if number == SIGKILL { cgroup?.kill() }
            for member in members where member > 1 && member != pid { Glibc.kill(member, number) }
        }
    }

    /// Every process it has started, as far as it can be told.
    private var members: [Int32] {
        cgroup?.processes() ?? ([pid] + strays).flatMap { [$0] + Strays.descendants(of: $0) }
    }

    /// Ends what it has left behind, and forgets what is gone.
    func endStrays() {
        for stray in strays {
            for member in Strays.descendants(of: stray) + [stray] where member > 1 { Glibc.kill(member, SIGKILL) }
            if Strays.isGone(stray) { strays.remove(stray) }
        }
    }

    private func sendToMain(_ number: Int32) {
        signalProcess(pidfd: pidfd, number)
    }

    /// Freezes or thaws it, by its cgroup where it has one, by signals elsewhere.
    func freeze(_ frozen: Bool) {
        let inGroup = cgroup?.freeze(frozen) ?? false
        if frozen {
            if !inGroup { signal(SIGSTOP, scope: .tree) }
        } else {
            // Whoever stopped it by a signal, it shall go on.
            signal(SIGCONT, scope: .tree)
        }
    }
}
