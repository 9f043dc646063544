public import Platform
public import Wire

/// A role's end of the connection to the keeper.
public final class KeeperClient {
    private let connection: FramedConnection

    /// Called for each message, with the socket that came along, which the receiver then owns.
    public var onEvent: ((KeeperEvent, Int32?) -> Void)?
    /// Called once when the keeper is gone.
    public var onClose: (() -> Void)?

    /// Connects to the project's keeper and says who is calling.
    public init(reactor: Reactor, locations: Locations, role: Role) throws(SystemError) {
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
        onEvent?(event, descriptor)
    }
}
