internal import Glibc
internal import Platform
internal import Stack
internal import Wire

/// The gateway's socket for the healer, which says where connections go and is told how many went. While there is no
/// healer the gateway goes on as it was last told.
final class HealerConnection {
    private static let reportInterval = Duration.seconds(1)
    /// Somebody waits for the last connection to a backend to end.
    private static let drainInterval = Duration.milliseconds(50)
    /// A stack that starts brings a change for each of its instances, and each answer is as long as the stack is large.
    private static let answerInterval = Duration.milliseconds(20)
    private static let retryInterval = Duration.milliseconds(20)
    private static let pathInterval = Duration.seconds(2)

    private let reactor: Reactor
    private let path: String
    private let loops: ForwardingLoops
    private let kept: KeptConfiguration
    /// Called when a person's order was handed to the loops, and before anybody is told of it.
    var onOrder: (() -> Void)?
    private var listener: FramedListener?
    private var connection: FramedConnection?
    private var lastReport: GatewayCounters?
    private var lastBreakers: [BreakerRecord]?
    /// Whether this healer was told of all calls, and needs to hear just of what changes.
    private var hasToldCalls = false
    private var isStopped = false
    private var reportTimer: TimerToken?
    private var reportedAt: Instant?
    /// Whether the loops are being asked, and whether they have been told something since.
    private var isReporting = false
    private var owesAnswer = false

    init(reactor: Reactor, path: String, loops: ForwardingLoops, kept: KeptConfiguration) {
        self.reactor = reactor
        self.path = path
        self.loops = loops
        self.kept = kept
        loops.onTrouble = { [weak self] in self?.tell($0) }
    }

    /// Listens, and goes on trying for as long as another gateway does.
    func listen() {
        guard !isStopped else { return }
        do {
            listener = try FramedListener(path: path, reactor: reactor) { [weak self] in self?.accept($0) }
            watchPath()
        } catch {
            reactor.schedule(at: Instant.now() + Self.retryInterval) { [weak self] in self?.listen() }
        }
    }

    /// Listens anew should somebody have removed the socket's file, or the next healer would not find this gateway.
    private func watchPath() {
        reactor.schedule(at: Instant.now() + Self.pathInterval) { [weak self] in
            guard let self, !isStopped else { return }
            guard !fileExists(path) else { return watchPath() }
            listener?.close()
            listener = nil
            listen()
        }
    }

    /// Leaves the healer to another gateway.
    func stop() {
        listener?.close()
        listener = nil
        isStopped = true
        kept.stop()
        connection?.close()
        lost()
    }

    /// There is one healer at a time, and the newest is the one.
    private func accept(_ connection: FramedConnection) {
        self.connection?.close()
        connection.onFrame = { [weak self] frame, descriptor in
            if let descriptor { close(descriptor) }
            self?.receive(frame)
        }
        connection.onClose = { [weak self] in self?.lost() }
        self.connection = connection
        lastReport = nil
        lastBreakers = nil
        hasToldCalls = false
        answer()
    }

    private func lost() {
        connection = nil
        if let reportTimer { reactor.cancel(reportTimer) }
        reportTimer = nil
    }

    private func receive(_ frame: [UInt8]) {
        switch GatewayInstruction(decoding: frame) {
        case .configuration(let configuration):
            kept.apply(configuration)
            loops.apply(configuration) { [kept] in kept.whole }
            answer()
        case .breaker(let order):
            loops.carryOut(order)
            onOrder?()
            reportBreakers()
        case nil:
            Log.write("ignoring an instruction that is not one of this version")
        }
    }

    /// Tells the healer at once that calls fail.
    private func tell(_ trouble: GatewayTrouble) {
        connection?.send(GatewayReport.trouble(trouble).encoded())
        reportBreakers()
    }

    /// Tells the healer how the breakers are, where that is news.
    func reportBreakers() {
        loops.breakers { [weak self] breakers in self?.send(breakers) }
    }

    private func send(_ breakers: [BreakerRecord]) {
        guard breakers != lastBreakers else { return }
        lastBreakers = breakers
        connection?.send(GatewayReport.breakers(breakers).encoded())
    }

    /// Reports at once, or as soon as the last report is not of a moment ago. The answer is of after what the healer said
    /// last: a backend that is not in it has been left for good.
    private func answer() {
        lastReport = nil
        owesAnswer = isReporting
        guard !isReporting else { return }
        if let reportTimer { reactor.cancel(reportTimer) }
        let now = Instant.now()
        let due = reportedAt.map { $0 + Self.answerInterval } ?? now
        guard due > now else { return report() }
        reportTimer = reactor.schedule(at: due) { [weak self] in self?.report() }
    }

    /// Sends the counts where they have changed, and again before long.
    private func report() {
        reportTimer = nil
        guard let asking = connection else { return }
        reportedAt = Instant.now()
        isReporting = true
        loops.report(allCalls: !hasToldCalls) { [weak self] report in
            guard let self else { return }
            isReporting = false
            // Another healer is to be told everything.
            if asking === connection { send(report) }
            reportAgain(in: report.isDraining ? Self.drainInterval : Self.reportInterval)
        }
    }

    private func reportAgain(in interval: Duration) {
        guard connection != nil else { return }
        guard !owesAnswer else { return answer() }
        reportTimer = reactor.schedule(at: Instant.now() + interval) { [weak self] in self?.report() }
    }

    private func send(_ report: LoopReport) {
        send(report.breakers)
        if report.counters != lastReport {
            connection?.send(GatewayReport.counters(report.counters).encoded())
            lastReport = report.counters
        }
        if let calls = report.calls {
            connection?.send(GatewayReport.calls(calls).encoded())
            hasToldCalls = true
        }
    }
}
