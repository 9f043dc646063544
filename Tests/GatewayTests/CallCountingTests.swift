import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

/// What clients do is what is counted.
@Suite struct CallCountingTests {
    private static let get = "GET /a HTTP/1.1\r\nHost: web\r\n\r\n"
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private static func start(
        _ application: ApplicationProtocol, traffic: TrafficPolicy = TrafficPolicy()
    ) throws -> (GatewayFixture, Peer) {
        let gateway = try GatewayFixture()
        let backend = try Peer.listening()
        gateway.open(to: backend.port, speaking: application, traffic: traffic)
        return (gateway, backend)
    }

    /// Waits until the calls to all instances are these, by outcome.
    private func expect(
        _ expected: [CallOutcome: UInt64], _ gateway: GatewayFixture, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var found: [CallOutcome: UInt64] = [:]
        let deadline = Date().addingTimeInterval(20)
        while Date() < deadline {
            found = Self.counts(gateway)
            if found == expected { return }
            sched_yield()
        }
        Issue.record("expected \(expected), found \(found)", sourceLocation: sourceLocation)
    }

    private static func counts(_ gateway: GatewayFixture) -> [CallOutcome: UInt64] {
        var sums: [CallOutcome: UInt64] = [:]
        for tally in tallies(gateway) { sums[tally.outcome, default: 0] += tally.count }
        return sums
    }

    private static func tallies(_ gateway: GatewayFixture) -> [GatewayCalls.Tally] {
        let calls = gateway.with { $0.takeCalls(all: true) } ?? nil
        return calls?.counts.flatMap(\.tallies) ?? []
    }

    @Test func requestsAreCountedOneByOneAtTheirEnd() throws {
        let (gateway, backend) = try Self.start(.http)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let server = try backend.accept()
        _ = try server.head()
        try server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
        _ = try client.head()
        #expect(Self.counts(gateway).isEmpty)
        try server.send("k")
        _ = try client.text(2)
        expect([.success: 1], gateway)
        for status in ["404 Not Found", "500 Internal Server Error", "304 Not Modified"] {
            try client.send(Self.get)
            _ = try server.head()
            try server.send("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n")
            _ = try client.head()
        }
        expect([.success: 3, .failure: 1], gateway)
    }

    @Test func whatBreaksOffIsTruncated() throws {
        let (gateway, backend) = try Self.start(.http)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        var server: Peer? = try backend.accept()
        _ = try server?.head()
        try server?.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")
        _ = try client.head()
        server = nil
        expect([.truncated: 1], gateway)
    }

    @Test func aClientThatLeavesHasCancelled() throws {
        let (gateway, backend) = try Self.start(.http)
        defer { gateway.stop() }
        var client: Peer? = try gateway.client()
        try client?.send(Self.get)
        let server = try backend.accept()
        _ = try server.head()
        client?.resetWhenClosed()
        client = nil
        expect([.cancelled: 1], gateway)
    }

    @Test func silenceIsATimeout() throws {
        var traffic = TrafficPolicy()
        traffic.timeouts.response = .milliseconds(20)
        let (gateway, backend) = try Self.start(.http, traffic: traffic)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send("POST /a HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n")
        let server = try backend.accept()
        _ = try server.head()
        #expect(try client.head().hasPrefix("HTTP/1.1 504 "))
        expect([.timeout: 1], gateway)
    }

    /// Each attempt is a call to the instance that it went to.
    @Test func anotherAttemptIsAnotherCall() throws {
        let (gateway, backend) = try Self.start(.http)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        var server: Peer? = try backend.accept()
        _ = try server?.head()
        server = nil
        let second = try backend.accept()
        _ = try second.head()
        try second.send(Self.ok)
        #expect(try client.text(Self.ok.utf8.count) == Self.ok)
        expect([.success: 1, .failure: 1], gateway)
    }

    @Test func countsOutliveRestartsAndHolds() throws {
        let (gateway, backend) = try Self.start(.http)
        defer { gateway.stop() }
        func request() throws {
            let client = try gateway.client()
            try client.send(Self.get)
            let server = try backend.accept()
            _ = try server.head()
            try server.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            _ = try client.head()
        }
        try request()
        expect([.success: 1], gateway)
        gateway.set(.held, speaking: .http)
        expect([.success: 1], gateway)
        for run in 2...3 {
            gateway.set(
                .open([.init(address: "127.0.0.1", port: backend.port, run: run, instance: InstanceID("web", 1))]),
                speaking: .http)
            try request()
            expect([.success: UInt64(run)], gateway)
        }
    }

    @Test(arguments: [ApplicationProtocol.tcp, .redis, .bolt])
    func aConnectionIsOneCall(application: ApplicationProtocol) throws {
        let (gateway, backend) = try Self.start(application)
        defer { gateway.stop() }
        let client = try gateway.client()
        let server = try backend.accept()
        for _ in 0..<3 {
            try client.send("PING\r\n")
            _ = try server.receive(through: "\r\n")
            try server.send("+OK\r\n")
            _ = try client.receive(through: "\r\n")
        }
        expect([.success: 1], gateway)
        client.endOutput()
        server.endOutput()
        gateway.await { $0.active == 0 }
        expect([.success: 1], gateway)
    }

    @Test func whoSaysNothingAndEndsHasBeenServedAsFarAsIsKnown() throws {
        let (gateway, backend) = try Self.start(.tcp)
        defer { gateway.stop() }
        let client = try gateway.client()
        let server = try backend.accept()
        try client.send("one way")
        _ = try server.receive(count: 7)
        #expect(Self.counts(gateway).isEmpty)
        client.endOutput()
        server.endOutput()
        expect([.success: 1], gateway)
    }

    @Test func aServerThatCannotServeFailsTheCall() throws {
        let (gateway, backend) = try Self.start(.redis)
        defer { gateway.stop() }
        let client = try gateway.client()
        let server = try backend.accept()
        for _ in 0..<2 {
            try client.send("PING\r\n")
            _ = try server.receive(through: "\r\n")
            try server.send("-LOADING Redis is loading the dataset in memory\r\n")
            _ = try client.receive(through: "\r\n")
        }
        expect([.failure: 1], gateway)
    }

    /// A client may think for long before it says something, which is no fault of the server's.
    @Test func timeIsTakenFromTheClientsFirstWord() throws {
        let (gateway, backend) = try Self.start(.redis)
        defer { gateway.stop() }
        let client = try gateway.client()
        let server = try backend.accept()
        gateway.await { $0.active == 1 }
        gateway.with { forwarder in
            for place in forwarder.table.places where forwarder.table.record(place).pointee.phase == .relaying {
                // As if it had been connected for a minute.
                forwarder.table.record(place).pointee.call.startedAt -= 60_000_000_000
                forwarder.table.record(place).pointee.call.silentSince -= 60_000_000_000
            }
        }
        try client.send("PING\r\n")
        _ = try server.receive(through: "\r\n")
        try server.send("+PONG\r\n")
        expect([.success: 1], gateway)
        #expect((Self.tallies(gateway).first?.microseconds ?? .max) < 50_000_000)
    }

    @Test func refusedConnectionsFailOnceForEachClient() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let nobody = try Peer.bound()
        gateway.open(to: nobody.port, hold: .milliseconds(50))
        let client = try gateway.client()
        #expect((try? client.receiveAll())?.isEmpty ?? true)
        // It asked again and again while it waited.
        expect([.failure: 1], gateway)
    }
}

extension Peer {
    /// Has the other end see the close as a reset: nobody waits for an answer.
    func resetWhenClosed() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}
