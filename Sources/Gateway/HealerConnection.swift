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
    private let forwarder: Forwarder
    private let kept: KeptConfiguration
    /// Called after the healer has said something.
    var onInstruction: (() -> Void)?
    private var listener: FramedListener?
    private var connection: FramedConnection?
    private var lastReport: GatewayCounters?
    private var lastBreakers: [BreakerRecord]?
    /// Whether this healer was told of all calls, and needs to hear just of what changes.
    private var hasToldCalls = false
    private var isStopped = false
    private var reportTimer: TimerToken?
    private var reportedAt: Instant?

    init(reactor: Reactor, path: String, forwarder: Forwarder, kept: KeptConfiguration) {
        self.reactor = reactor
        self.path = path
        self.forwarder = forwarder
        self.kept = kept
        forwarder.onTrouble = { [weak self] in self?.tell($0) }
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
        if reportTimer == nil { report() }
    }

    private func lost() {
        connection = nil
        if let reportTimer { reactor.cancel(reportTimer) }
        reportTimer = nil
    }

    private func receive(_ frame: [UInt8]) {
        switch GatewayInstruction(decoding: frame) {
        case .configuration(let configuration):
            forwarder.apply(configuration)
            kept.apply(configuration)
            // The answer is of after it: a backend that is not in it has been left for good.
            lastReport = nil
            answer()
        case .breaker(let order):
            forwarder.carryOut(order)
            reportBreakers()
        case nil:
            Log.write("ignoring an instruction that is not one of this version")
        }
        onInstruction?()
    }

    /// Tells the healer at once that calls fail.
    private func tell(_ trouble: GatewayTrouble) {
        connection?.send(GatewayReport.trouble(trouble).encoded())
        reportBreakers()
    }

    /// Tells the healer how the breakers are, where that is news.
    func reportBreakers() {
        let breakers = forwarder.breakers
        guard breakers != lastBreakers else { return }
        lastBreakers = breakers
        connection?.send(GatewayReport.breakers(breakers).encoded())
    }

    /// Reports at once, or as soon as the last report is not of a moment ago.
    private func answer() {
        if let reportTimer { reactor.cancel(reportTimer) }
        let now = Instant.now()
        let due = reportedAt.map { $0 + Self.answerInterval } ?? now
        guard due > now else { return report() }
        reportTimer = reactor.schedule(at: due) { [weak self] in self?.report() }
    }

    /// Sends the counts where they have changed, and again before long.
    private func report() {
        reportedAt = Instant.now()
        reportBreakers()
        forwarder.renewFiles()
        let counters = forwarder.counters
        if counters != lastReport {
            connection?.send(GatewayReport.counters(counters).encoded())
            lastReport = counters
        }
        if let calls = forwarder.takeCalls(all: !hasToldCalls) {
            connection?.send(GatewayReport.calls(calls).encoded())
            hasToldCalls = true
        }
        guard connection != nil else { return lost() }
        let interval = forwarder.isDrainingBackend ? Self.drainInterval : Self.reportInterval
        reportTimer = reactor.schedule(at: Instant.now() + interval) { [weak self] in self?.report() }
    }
}
