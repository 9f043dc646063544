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
    private let work = Mutex<[@Sendable (Forwarder) -> Void]>([])
    private let isStopping = Mutex(false)
    private let wakeUp: (read: Int32, write: Int32)
    private let keeper: Peer
    private let ended = DispatchSemaphore(value: 0)

    init(limits: Forwarder.Limits = Forwarder.Limits(), accessLogs: String? = nil, queues: String? = nil) throws {
        var pipes: [Int32] = [-1, -1]
        try #require(pipe(&pipes) == 0)
        wakeUp = (pipes[0], pipes[1])
        let listener = try Peer.listening()
        port = listener.port
        // The gateway has a copy of the keeper's socket, and closes that.
        let copy = dup(listener.descriptor)
        keeper = listener
        let loop = Thread { [self] in
            guard let forwarder = Forwarder(limits: limits, accessLogs: accessLogs, queues: queues, report: { _ in })
            else { return }
            forwarder.addListener(key: Self.key, descriptor: copy)
            run(forwarder)
            forwarder.queues?.finish()
            ended.signal()
        }
        loop.start()
    }

    private func run(_ forwarder: Forwarder) {
        while !isStopping.withLock({ $0 }) {
            var watched = [
                pollfd(fd: forwarder.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wakeUp.read, events: Int16(POLLIN), revents: 0),
            ]
            poll(&watched, 2, -1)
            if watched[1].revents != 0 {
                var byte: UInt8 = 0
                read(wakeUp.read, &byte, 1)
                for item in work.withLock({ items in
                    defer { items = [] }; return items
                }) { item(forwarder) }
            }
            forwarder.turn(milliseconds: 0)
        }
    }

    /// Runs `body` on the forwarder's thread and waits for its result.
    @discardableResult
    func with<Result: Sendable>(_ body: @escaping @Sendable (Forwarder) -> Result) -> Result? {
        let result = Mutex<Result?>(nil)
        let done = DispatchSemaphore(value: 0)
        work.withLock { items in
            items.append { forwarder in
                let value = body(forwarder)
                result.withLock { $0 = value }
                done.signal()
            }
        }
        signal()
        done.wait()
        return result.withLock { $0 }
    }

    private func signal() {
        var byte: UInt8 = 1
        write(wakeUp.write, &byte, 1)
    }

    /// Ends the thread.
    func stop() {
        isStopping.withLock { $0 = true }
        signal()
        ended.wait()
        close(wakeUp.read)
        close(wakeUp.write)
    }

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
