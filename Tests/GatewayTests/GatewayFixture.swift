import Foundation
import Stack
import Synchronization
import Testing
import Wire

@testable import Gateway

/// A forwarder on a thread of its own, as in the gateway, with one listening socket.
final class GatewayFixture: Sendable {
    static let key = "front"

    /// The port clients connect to.
    let port: UInt16
    private let loop: ForwardingLoop
    private let keeper: Peer

    init(limits: Forwarder.Limits = Forwarder.Limits(), accessLogs: String? = nil, queues: String? = nil) throws {
        let listener = try Peer.listening()
        port = listener.port
        keeper = listener
        let forwarder = try #require(
            Forwarder(limits: limits, accessLogs: accessLogs, queues: queues, report: { _ in }))
        // The gateway has a copy of the keeper's socket, and closes that.
        forwarder.addListener(key: Self.key, descriptor: dup(listener.descriptor))
        loop = try ForwardingLoop(forwarder) {}
    }

    /// Runs `body` on the forwarder's thread and waits for its result.
    @discardableResult
    func with<Result: Sendable>(_ body: @escaping @Sendable (Forwarder) -> Result) -> Result? {
        let result = Mutex<Result?>(nil)
        let done = DispatchSemaphore(value: 0)
        loop.post { forwarder in
            let value = body(forwarder)
            result.withLock { $0 = value }
            done.signal()
        }
        done.wait()
        return result.withLock { $0 }
    }

    /// Ends the thread.
    func stop() { loop.end() }

    /// Leads the one route to these ports of 127.0.0.1.
    func open(
        to ports: UInt16..., hold: Duration = .seconds(15), speaking application: ApplicationProtocol = .tcp,
        traffic: TrafficPolicy = TrafficPolicy()
    ) {
        let backends = ports.enumerated().map { place, port in
            GatewayConfiguration.Backend(address: "127.0.0.1", port: port, instance: InstanceID("web", place + 1))
        }
        set(.open(backends), hold: hold, speaking: application, traffic: traffic)
    }

    /// Gives the one route that state.
    func set(
        _ state: GatewayConfiguration.State, hold: Duration = .seconds(15),
        speaking application: ApplicationProtocol = .tcp, traffic: TrafficPolicy = TrafficPolicy()
    ) {
        let route = GatewayConfiguration.Route(
            service: "web", target: 80, listeners: [Self.key], state: state, hold: hold, application: application,
            traffic: traffic)
        with { $0.apply(GatewayConfiguration(routes: [route])) }
    }

    /// Waits until the counts of the one route are as `condition` wants them.
    func await(
        _ condition: @Sendable (GatewayCounters.Route) -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let deadline = Date().addingTimeInterval(20)
        var last: GatewayCounters.Route?
        while Date() < deadline {
            last = with { $0.counters.routes.first } ?? nil
            if let last, condition(last) { return }
            sched_yield()
        }
        Issue.record("the counts never were as expected: \(String(describing: last))", sourceLocation: sourceLocation)
    }

    /// A new client of the gateway.
    func client() throws -> Peer { try Peer.connected(to: port) }
}
