public import Platform
internal import Stack
public import Wire

/// A role's end of the connection to the keeper.
public final class KeeperClient {
    private let connection: FramedConnection
    private let reactor: Reactor
    private var pulse = Pulse(at: Instant.now())

    /// Called for each message, with the socket that came along, which the receiver then owns.
    public var onEvent: ((KeeperEvent, Int32?) -> Void)?
    /// Called when the keeper wants a sign of life, which is what it is given to call; at once where nobody is asked.
    public var onHeartbeat: ((_ alive: @escaping () -> Void) -> Void)?
    /// Called once when the keeper is gone.
    public var onClose: (() -> Void)?

    /// Connects to the project's keeper and says who is calling.
    public init(reactor: Reactor, locations: Locations, role: Role) throws(SystemError) {
        self.reactor = reactor
        connection = try FramedConnection.connect(to: locations.keeperSocket, reactor: reactor)
        connection.onFrame = { [weak self] frame, descriptor in self?.receive(frame, descriptor) }
        connection.onClose = { [weak self] in self?.onClose?() }
        send(.hello(role))
    }

    /// Asks the keeper for something; see `KeeperRequest` for the answers. A copy of `descriptor` travels along.
    public func send(_ request: KeeperRequest, descriptor: Int32? = nil) {
        connection.send(request.encoded(), descriptor: descriptor)
    }

    private func receive(_ frame: [UInt8], _ descriptor: Int32?) {
        guard let event = KeeperEvent(decoding: frame) else {
            // A keeper of another version: nothing it says can be trusted.
            connection.close()
            onClose?()
            return
        }
        if event == .heartbeat {
            pulse.beat(at: Instant.now())
            let alive = { [weak self] in _ = self?.send(.heartbeat) }
            if let onHeartbeat { onHeartbeat(alive) } else { alive() }
        }
        onEvent?(event, descriptor)
    }

    /// Ends a keeper that gives no sign of life any more, so that `onClose` is called; `onHung` is told before.
    public func watch(onHung: @escaping () -> Void) {
        reactor.schedule(at: Instant.now() + Pulse.interval) { [weak self] in
            guard let self else { return }
            if pulse.isLost(at: Instant.now()) {
                onHung()
                connection.killPeer()
            }
            watch(onHung: onHung)
        }
    }
}
