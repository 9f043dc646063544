import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

/// Requests that are sent to another instance as well, where the first one takes its time.
@Suite struct HedgingTests {
    private static let get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n"
    private static let post = "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 2\r\n\r\nhi"

    private static func ok(_ body: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// A gateway with two instances, and a request that the first one has and the second one got after a while.
    private struct Hedged {
        let gateway: GatewayFixture
        let client: Peer
        let first: Peer
        let second: Peer
        let listening: (first: Peer, second: Peer)

        init() throws {
            listening = (try Peer.listening(), try Peer.listening())
            gateway = try HedgingTests.start(listening.first.port, listening.second.port)
            client = try gateway.client()
            try client.send(get)
            // The one that is asked first is chosen by the gateway.
            gateway.await { $0.http.hedges == 1 }
            let (one, other) = (try listening.first.accept(), try listening.second.accept())
            let isFirst =
                gateway.with { forwarder in
                    let backend = forwarder.table.places.lazy.compactMap { forwarder.table.record($0).pointee.backend }
                        .first
                    return backend.flatMap { forwarder.routes.backends.entries[$0]?.backend.port } ?? 0
                } == listening.first.port
            (first, second) = isFirst ? (one, other) : (other, one)
            #expect(try first.head() == second.head())
        }
    }

    private static func start(_ ports: UInt16..., hedging: Hedging = .after(.milliseconds(5)), floor: Int = 2) throws
        -> GatewayFixture
    {
        let gateway = try GatewayFixture()
        var traffic = TrafficPolicy()
        traffic.retry.hedging = hedging
        traffic.retry.floor = floor
        if floor == 0 { traffic.retry.budget = 0 }
        let backends = ports.enumerated().map { place, port in
            GatewayConfiguration.Backend(address: "127.0.0.1", port: port, instance: InstanceID("web", place + 1))
        }
        gateway.set(.open(backends), speaking: .http, traffic: traffic)
        return gateway
    }

    @Test func theSecondAnswersFirst() throws {
        let hedged = try Hedged()
        defer { hedged.gateway.stop() }
        try hedged.second.send(Self.ok("second"))
        #expect(try hedged.client.head().hasPrefix("HTTP/1.1 200 "))
        #expect(try hedged.client.text(6) == "second")
        #expect(hedged.first.ending() == Peer.wasReset)
        hedged.gateway.await { $0.http.hedgesWon == 1 && $0.http.total == 1 && $0.active == 0 }
        // The client's next request goes where this one was answered.
        try hedged.client.send(Self.get)
        _ = try hedged.second.head()
        try hedged.second.send(Self.ok("again"))
        _ = try hedged.client.head()
        #expect(try hedged.client.text(5) == "again")
    }

    @Test func theFirstAnswersFirst() throws {
        let hedged = try Hedged()
        defer { hedged.gateway.stop() }
        try hedged.first.send(Self.ok("first"))
        _ = try hedged.client.head()
        #expect(try hedged.client.text(5) == "first")
        #expect(hedged.second.ending() == Peer.wasReset)
        hedged.gateway.await { $0.http.hedgesWon == 0 && $0.active == 0 }
        #expect(hedged.gateway.with { $0.hedges.isEmpty } == true)
    }

    @Test func theSecondTakesOverWhereTheFirstFails() throws {
        let hedged = try Hedged()
        defer { hedged.gateway.stop() }
        hedged.first.resetOnClose()
        shutdown(hedged.first.descriptor, Int32(SHUT_RDWR))
        hedged.gateway.await { $0.http.hedgesWon == 1 }
        try hedged.second.send(Self.ok("second"))
        _ = try hedged.client.head()
        #expect(try hedged.client.text(6) == "second")
        // Nobody was asked a third time.
        #expect(!hedged.listening.first.hasInput && !hedged.listening.second.hasInput)
    }

    @Test func theFirstGoesOnWhereTheSecondFails() throws {
        let hedged = try Hedged()
        defer { hedged.gateway.stop() }
        shutdown(hedged.second.descriptor, Int32(SHUT_RDWR))
        while hedged.gateway.with({ $0.hedges.isEmpty }) != true { sched_yield() }
        try hedged.first.send(Self.ok("first"))
        _ = try hedged.client.head()
        #expect(try hedged.client.text(5) == "first")
        hedged.gateway.await { $0.http.hedgesWon == 0 && $0.active == 0 }
    }

    @Test func bothAreHungUpOnWhereTheClientLeaves() throws {
        var hedged: Hedged? = try Hedged()
        hedged?.client.resetOnClose()
        let (gateway, first, second) = try #require(hedged.map { ($0.gateway, $0.first, $0.second) })
        defer { gateway.stop() }
        hedged = nil
        #expect(first.ending() != nil)
        #expect(second.ending() != nil)
        gateway.await { $0.active == 0 }
        #expect(gateway.with { $0.hedges.isEmpty } == true)
        #expect(gateway.with { $0.routes.backends.entries.allSatisfy { $0?.requests ?? 0 == 0 } } == true)
    }

    /// A request that may not be sent twice is not; one that may, behind it, is.
    @Test func whatMayHaveDoneSomethingIsSentOnce() throws {
        let (first, second) = (try Peer.listening(), try Peer.listening())
        let gateway = try Self.start(first.port, second.port)
        defer { gateway.stop() }
        let posting = try gateway.client()
        try posting.send(Self.post)
        gateway.await { $0.active == 1 }
        let getting = try gateway.client()
        try getting.send(Self.get)
        gateway.await { $0.http.hedges == 1 }
        // The one that has the POST has the GET too by now, and the other one the GET alone.
        let methods = try [first, first, second, second].enumerated().compactMap { place, listening -> String? in
            guard place % 2 == 0 || listening.hasInput else { return nil }
            return try listening.accept().head().prefix(4).trimmingCharacters(in: .whitespaces)
        }
        #expect(methods.sorted() == ["GET", "GET", "POST"])
    }

    @Test func theDelayIsLearnt() throws {
        let (first, second) = (try Peer.listening(), try Peer.listening())
        let gateway = try Self.start(first.port, second.port, hedging: .percentile95)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let isFirst = Self.waitForInput(first, second) === first
        let server = try (isFirst ? first : second).accept()
        for round in 0..<20 {
            if round > 0 { try client.send(Self.get) }
            _ = try server.head()
            try server.send(Self.ok("x"))
            _ = try client.head()
            #expect(try client.text(1) == "x")
        }
        let hedgesBefore = gateway.with { $0.counters.routes.first?.http.hedges }
        #expect(hedgesBefore == 0)
        try client.send(Self.get)
        gateway.await { $0.http.hedges == 1 }
        let other = try (isFirst ? second : first).accept()
        _ = try other.head()
        try other.send(Self.ok("y"))
        _ = try client.head()
        #expect(try client.text(1) == "y")
    }

    @Test func theBudgetBoundsIt() throws {
        let (first, second) = (try Peer.listening(), try Peer.listening())
        let gateway = try Self.start(first.port, second.port, floor: 0)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let isFirst = Self.waitForInput(first, second) === first
        let server = try (isFirst ? first : second).accept()
        _ = try server.head()
        while gateway.with({ $0.routes[0].hedgeable.isEmpty }) != true { sched_yield() }
        try server.send(Self.ok("x"))
        _ = try client.head()
        gateway.await { $0.http.hedges == 0 && $0.active == 0 }
        #expect(!(isFirst ? second : first).hasInput)
    }

    @Test func oneInstanceIsAskedOnce() throws {
        let backend = try Peer.listening()
        let gateway = try Self.start(backend.port)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let server = try backend.accept()
        _ = try server.head()
        #expect(gateway.with { $0.routes[0].hedgeable.isEmpty } == true)
        try server.send(Self.ok("x"))
        _ = try client.head()
    }

    private static func waitForInput(_ first: Peer, _ second: Peer) -> Peer {
        var watched = [first, second].map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        poll(&watched, 2, 20_000)
        return watched[0].revents != 0 ? first : second
    }

    @Test func aPercentileNeedsEnoughAnswers() {
        var window = LatencyWindow()
        for milliseconds in 1...19 {
            window.record(Int64(milliseconds) * 1_000_000)
            #expect(window.percentile95 == nil)
        }
        window.record(20_000_000)
        #expect(window.percentile95 == 19_000_000)
    }

    @Test func theLatestAnswersCount() {
        var window = LatencyWindow()
        for _ in 0..<1_000 { window.record(1_000_000_000) }
        #expect(window.percentile95 == 1_000_000_000)
        for _ in 0..<1_000 { window.record(2_000_000) }
        #expect(window.percentile95 == 2_000_000)
        for _ in 0..<200 { window.record(.max) }
        #expect(window.percentile95 == Int64(UInt32.max) * 1_000)
        for _ in 0..<200 { window.record(-5) }
        #expect(window.percentile95 == 0)
    }
}
