import Foundation
import Stack
import TestFolders
import Testing
import Wire

@testable import Gateway

/// A gateway with a service `web` whose requests are kept in a folder of the test's own.
final class QueueRig {
    struct Missing: Error {}

    private let home = TemporaryFolder()
    let folder: String
    /// The port of the service, at which somebody listens after `open`.
    let backend: Peer
    private(set) var gateway: GatewayFixture
    var queue = QueuePolicy()
    var traffic = TrafficPolicy()
    var others: [FallbackStep] = [.answer(StaticAnswer(status: 418, body: "sorry"))]

    init() throws {
        folder = home["queues"]
        backend = try Peer.bound()
        gateway = try GatewayFixture(queues: folder)
    }

    /// The route does not take calls.
    func refuse() { gateway.set(.refused, speaking: .http, traffic: policy) }

    /// The route takes calls again.
    func open() {
        backend.startListening()
        gateway.open(to: backend.port, hold: .zero, speaking: .http, traffic: policy)
    }

    private var policy: TrafficPolicy {
        var traffic = traffic
        traffic.fallback = [.queue(queue)] + others
        return traffic
    }

    /// Another gateway takes the place of this one.
    func restart() throws {
        gateway.stop()
        gateway = try GatewayFixture(queues: folder)
    }

    static func post(_ body: String, to path: String = "/orders", _ fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: web\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }

    /// Sends a request on a connection of its own; the head of the answer and its body, which has a length.
    func ask(_ request: String) throws -> (head: String, body: String) {
        let client = try gateway.client()
        try client.send(request)
        return try Self.answer(to: client)
    }

    static func answer(to client: Peer) throws -> (head: String, body: String) {
        let head = try client.head()
        return (head, try client.text(length(head)))
    }

    private static func length(_ head: String) -> Int {
        field("Content-Length", head).flatMap { Int($0) } ?? 0
    }

    static func field(_ name: String, _ head: String) -> String? {
        head.components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
            .map { String($0.dropFirst(name.count + 2)) }
    }

    /// Has a request queued; the path of its ticket.
    func enqueue(_ request: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let (head, body) = try ask(request)
        #expect(head.hasPrefix("HTTP/1.1 202 Accepted\r\n"), "\(head)\(body)", sourceLocation: sourceLocation)
        guard let url = Self.field("Location", head) else { throw Missing() }
        return url
    }

    /// What the ticket at that path says.
    func ticket(_ url: String) throws -> [String: Any] {
        let (head, body) = try ask("GET \(url) HTTP/1.1\r\nHost: web\r\n\r\n")
        guard head.hasPrefix("HTTP/1.1 200 "),
            let object = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        else { throw Missing() }
        return object
    }

    /// Waits until the ticket is in that state.
    func await(_ url: String, _ state: TicketState, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let deadline = Date().addingTimeInterval(20)
        var last: [String: Any] = [:]
        while Date() < deadline {
            last = try ticket(url)
            if last["state"] as? String == state.rawValue { return }
        }
        Issue.record("it never was \(state): \(last)", sourceLocation: sourceLocation)
    }

    /// The next request that comes to the service, on a connection of its own, answered with that.
    @discardableResult
    func serve(_ answer: String = "HTTP/1.1 200 OK\r\nX-Own: 1\r\nConnection: close\r\nContent-Length: 4\r\n\r\ndone")
        throws
        -> (head: String, body: String)
    {
        let peer = try backend.accept()
        let request = try Self.answer(to: peer)
        try peer.send(answer)
        return request
    }
}
