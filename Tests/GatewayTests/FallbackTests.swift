import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

/// A service `web` for which `spare` stands in.
@Suite struct FallbackTests {
    private static let get = "GET /a HTTP/1.1\r\nHost: web\r\n\r\n"
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    private static let broken = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nbad"
    private static let sorry = FallbackStep.answer(StaticAnswer(status: 200, body: "sorry"))
    private static let spare = FallbackStep.service("spare", port: 90)

    @Test func anotherServiceAnswersWhereNobodyRepairsTheOwn() throws {
        let (gateway, _, other) = try Self.start(.refused)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let server = try other.accept()
        #expect(try server.head().hasPrefix("GET /a HTTP/1.1\r\nHost: web\r\n"))
        try server.send(Self.ok)
        #expect(try client.head().contains("\r\nHale-Fallback: service spare\r\n"))
        #expect(try client.text(2) == "ok")
        gateway.await { $0.http.fallbacks == [1, 0, 0, 0, 0, 0] && $0.http.failed == 0 && $0.refused == 0 }
        Self.awaitOther(gateway) { $0.http.statuses[1] == 1 && $0.active == 0 && $0.http.total == 0 }
    }

    @Test func itsConnectionIsKeptForTheNextRequest() throws {
        let (gateway, _, other) = try Self.start(.refused)
        defer { gateway.stop() }
        let client = try gateway.client()
        var server: Peer?
        for _ in 0..<3 {
            try client.send(Self.get)
            if server == nil { server = try other.accept() }
            _ = try server?.head()
            try server?.send(Self.ok)
            _ = try client.head()
            #expect(try client.text(2) == "ok")
        }
        #expect(!other.hasInput)
    }

    @Test func theOwnServiceAnswersAgainAsSoonAsItCan() throws {
        let (gateway, own, other) = try Self.start(.refused)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let server = try other.accept()
        _ = try server.head()
        try server.send(Self.ok)
        _ = try client.head()
        _ = try client.text(2)
        Self.lead(gateway, own: .open([Self.backend(own)]), other: .open([Self.backend(other)]))
        try client.send(Self.get)
        let back = try own.accept()
        _ = try back.head()
        try back.send(Self.ok)
        #expect(try client.text(Self.ok.utf8.count) == Self.ok)
    }

    @Test func aClientWaitsForItsOwnServiceFirst() throws {
        let (gateway, own, other) = try Self.start(.held)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        gateway.await { $0.held == 1 }
        #expect(!other.hasInput)
        Self.lead(gateway, own: .open([Self.backend(own)]), other: .open([Self.backend(other)]))
        let server = try own.accept()
        _ = try server.head()
        try server.send(Self.ok)
        #expect(try client.text(Self.ok.utf8.count) == Self.ok)
    }

    @Test func theEndOfTheHoldIsTheOthersTurn() throws {
        let (gateway, _, other) = try Self.start(.held, hold: .milliseconds(50))
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.post("hello"))
        let server = try other.accept()
        _ = try server.head()
        #expect(try server.text(5) == "hello")
        try server.send(Self.ok)
        #expect(try client.head().contains("Hale-Fallback: service spare"))
    }

    @Test func nobodyWaitsAsOthersDidInVain() throws {
        let (gateway, own, other) = try Self.start(.held, hold: .milliseconds(50))
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let server = try other.accept()
        _ = try server.head()
        try server.send(Self.ok)
        _ = try client.head()
        _ = try client.text(2)
        // However long it could wait now.
        let open = GatewayConfiguration.State.open([Self.backend(other)])
        Self.lead(gateway, own: .held, other: open, hold: .seconds(3_600))
        try client.send(Self.get)
        _ = try server.head()
        try server.send(Self.ok)
        #expect(try client.head().contains("Hale-Fallback: service spare"))
        _ = try client.text(2)
        // The service is back, and the next repair is waited for again.
        Self.lead(gateway, own: .open([Self.backend(own)]), other: open)
        try client.send(Self.get)
        let back = try own.accept()
        _ = try back.head()
        try back.send(Self.ok)
        _ = try client.text(Self.ok.utf8.count)
        Self.lead(gateway, own: .held, other: open, hold: .seconds(3_600))
        try client.send(Self.get)
        gateway.await { $0.held == 1 }
    }

    @Test func aFixedAnswerIsNoReasonNotToWait() throws {
        let (gateway, _, _) = try Self.start(.held, hold: .milliseconds(50), chain: [Self.sorry])
        defer { gateway.stop() }
        try Self.expectSorry(gateway.client())
        Self.lead(gateway, own: .held, other: .refused, hold: .seconds(3_600), chain: [Self.sorry])
        let client = try gateway.client()
        try client.send(Self.get)
        gateway.await { $0.held == 1 }
        #expect(!client.hasInput)
    }

    @Test func aFailureIsNotPassedOnWhereTheOtherAnswers() throws {
        let (gateway, own, other) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let server = try own.accept()
        let first = try server.head()
        try server.send(Self.broken)
        let second = try other.accept()
        #expect(try second.head() == first)
        try second.send(Self.ok)
        #expect(try client.head().contains("Hale-Fallback: service spare"))
        #expect(try client.text(2) == "ok")
        gateway.await { $0.http.statuses[4] == 1 && $0.http.fallbacks == [1, 0, 0, 0, 0, 0] }
        let failures = gateway.with { $0.breakers.first { $0.service == "web" }?.failures } ?? nil
        #expect(failures == 1)
    }

    @Test func aFailureIsPassedOnWhereNobodyHasABetterAnswer() throws {
        let (gateway, own, _) = try Self.start(other: .refused)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let server = try own.accept()
        _ = try server.head()
        try server.send(Self.broken)
        #expect(try client.text(Self.broken.utf8.count) == Self.broken)
    }

    @Test func attemptsEndAtTheOther() throws {
        let (gateway, own, other) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        for _ in 0..<3 {
            let server = try own.accept()
            _ = try server.head()
        }
        let server = try other.accept()
        _ = try server.head()
        try server.send(Self.ok)
        #expect(try client.head().contains("Hale-Fallback: service spare"))
    }

    @Test func whatMayHaveDoneSomethingIsNotSentAgain() throws {
        let (gateway, own, other) = try Self.start(chain: [Self.spare])
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.post("pay"))
        var server: Peer? = try own.accept()
        _ = try server?.head()
        server = nil
        #expect(try client.head().hasPrefix("HTTP/1.1 502 "))
        #expect(!other.hasInput)
    }

    @Test func theNextStepFollowsOneThatIsNotThere() throws {
        let (gateway, _, _) = try Self.start(.refused, other: .held)
        defer { gateway.stop() }
        try Self.expectSorry(gateway.client())
        gateway.await { $0.http.fallbacks == [0, 0, 0, 0, 0, 1] && $0.http.failed == 1 && $0.refused == 1 }
    }

    @Test func theNextStepFollowsOneThatBreaksOff() throws {
        let (gateway, _, other) = try Self.start(.refused)
        defer { gateway.stop() }
        let client = try gateway.client()
        let breaker = Thread {
            for _ in 0..<3 {
                guard let server = try? other.accept() else { return }
                _ = try? server.head()
            }
        }
        breaker.start()
        try Self.expectSorry(client)
    }

    @Test func theNextStepFollowsAFailure() throws {
        let (gateway, _, other) = try Self.start(.refused)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let server = try other.accept()
        _ = try server.head()
        try server.send(Self.broken)
        #expect(try client.head().contains("Hale-Fallback: static\r\n"))
        #expect(try client.text(5) == "sorry")
        // The client's connection is good for more.
        try client.send(Self.get)
        let again = try other.accept()
        _ = try again.head()
        try again.send(Self.ok)
        #expect(try client.head().contains("Hale-Fallback: service spare"))
    }

    @Test func theEndOfTheChainTellsOfTheOwnService() throws {
        let (gateway, _, _) = try Self.start(.refused, other: .refused, chain: [Self.spare])
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let head = try client.head()
        #expect(head.hasPrefix("HTTP/1.1 503 "))
        #expect(head.contains("Retry-After: 10\r\n"))
        #expect(!head.contains("Hale-Fallback"))
        gateway.await { $0.refused == 1 && $0.http.failed == 1 }
    }

    @Test func aStandInThatIsNotConfiguredIsPassedOver() throws {
        let (gateway, _, _) = try Self.start(.refused, chain: [.service("none", port: 1), Self.sorry])
        defer { gateway.stop() }
        try Self.expectSorry(gateway.client())
    }

    @Test func aClientThatLeavesIsForgottenByBoth() throws {
        let (gateway, _, other) = try Self.start(.refused)
        defer { gateway.stop() }
        var client: Peer? = try gateway.client()
        try client?.send(Self.get)
        let server = try other.accept()
        _ = try server.head()
        client?.resetOnClose()
        client = nil
        Self.awaitOther(gateway) { $0.active == 0 }
        let left = gateway.with { forwarder in forwarder.routes.all.map { forwarder.routes[$0].connections } }
        #expect(left == [0, 0])
    }

    // Out of the stack

    private static func outside(_ other: Peer, prefix: String = "") -> FallbackStep {
        .url(FallbackURL(host: "127.0.0.1", port: other.port, prefix: prefix))
    }

    /// A gateway before a service that refuses and a server outside.
    private static func startOutside(_ chain: (FallbackStep) -> [FallbackStep]) throws -> (GatewayFixture, Peer) {
        let gateway = try GatewayFixture()
        let other = try Peer.listening()
        var traffic = TrafficPolicy()
        traffic.fallback = chain(outside(other, prefix: "/mirror"))
        let routes = [
            GatewayConfiguration.Route(
                service: "web", target: 80, listeners: [GatewayFixture.key], state: .refused, hold: .seconds(15),
                application: .http, traffic: traffic),
            GatewayConfiguration.Route(
                service: "http://127.0.0.1:\(other.port)", target: other.port, listeners: [],
                state: .open([backend(other)]), hold: .zero, application: .http),
        ]
        gateway.with { $0.apply(GatewayConfiguration(routes: routes)) }
        return (gateway, other)
    }

    @Test func aServerOutsideAnswers() throws {
        let (gateway, other) = try Self.startOutside { [$0, Self.sorry] }
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.post("hel"))
        let server = try other.accept()
        let head = try server.head()
        #expect(
            head.hasPrefix("POST /mirror/p HTTP/1.1\r\nHost: 127.0.0.1:\(other.port)\r\nHale-Fallback: url\r\n"))
        #expect(!head.contains("Host: web\r\n") || head.contains("X-Forwarded-Host: web\r\n"))
        #expect(try server.text(3) == "hel")
        try server.send(Self.ok)
        let line = "\r\nHale-Fallback: url http://127.0.0.1:\(other.port)/mirror\r\n"
        #expect(try client.head().contains(line))
        gateway.await { $0.http.fallbacks == [0, 1, 0, 0, 0, 0] }
    }

    @Test func nothingGoesRoundInACircle() throws {
        let (gateway, other) = try Self.startOutside { [$0, Self.sorry] }
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send("GET /a HTTP/1.1\r\nHost: web\r\nHale-Fallback: url\r\n\r\n")
        #expect(try client.head().contains("Hale-Fallback: static\r\n"))
        #expect(!other.hasInput)
    }

    @Test func whatHasGrownMeanwhileIsNotSentAsItWas() throws {
        let (gateway, other) = try Self.startOutside { [$0, $0, Self.sorry] }
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send("POST /p HTTP/1.1\r\nHost: web\r\nIdempotency-Key: 1\r\nContent-Length: 6\r\n\r\nabc")
        var server: Peer? = try other.accept()
        _ = try server?.head()
        #expect(try server?.text(3) == "abc")
        try client.send("def")
        #expect(try server?.text(3) == "def")
        for _ in 0..<2 {
            server = nil
            server = try other.accept()
            _ = try server?.head()
            #expect(try server?.text(6) == "abcdef")
        }
        server = nil
        #expect(try client.head().contains("Hale-Fallback: static\r\n"))
        #expect(!other.hasInput)
        #expect(gateway.with { $0.buffers.taken } == 0)
    }

    // The pieces

    private static func post(_ body: String) -> String {
        "POST /p HTTP/1.1\r\nHost: web\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func expectSorry(_ client: Peer) throws {
        try client.send(get)
        let head = try client.head()
        #expect(head.hasPrefix("HTTP/1.1 200 "))
        #expect(head.contains("Hale-Fallback: static\r\n"))
        #expect(try client.text(5) == "sorry")
    }

    private static func backend(_ peer: Peer) -> GatewayConfiguration.Backend {
        GatewayConfiguration.Backend(address: "127.0.0.1", port: peer.port)
    }

    private static func awaitOther(_ gateway: GatewayFixture, _ condition: (GatewayCounters.Route) -> Bool) {
        let deadline = Date().addingTimeInterval(20)
        while Date() < deadline {
            let routes = gateway.with { $0.counters.routes } ?? []
            if let other = routes.first(where: { $0.service == "spare" }), condition(other) { return }
            sched_yield()
        }
        Issue.record("the other service's counts never were as expected")
    }

    private static func lead(
        _ gateway: GatewayFixture, own: GatewayConfiguration.State, other: GatewayConfiguration.State,
        hold: Duration = .seconds(15), chain: [FallbackStep] = [spare, sorry]
    ) {
        var traffic = TrafficPolicy()
        traffic.fallback = chain
        let routes = [
            GatewayConfiguration.Route(
                service: "web", target: 80, listeners: [GatewayFixture.key], state: own, hold: hold, application: .http,
                traffic: traffic),
            GatewayConfiguration.Route(
                service: "spare", target: 90, listeners: [], state: other, hold: .seconds(15), application: .http),
        ]
        gateway.with { $0.apply(GatewayConfiguration(routes: routes)) }
    }

    /// A gateway before both; nil is open.
    private static func start(
        _ own: GatewayConfiguration.State? = nil, other: GatewayConfiguration.State? = nil,
        hold: Duration = .seconds(15), chain: [FallbackStep] = [spare, sorry]
    ) throws -> (GatewayFixture, Peer, Peer) {
        let gateway = try GatewayFixture()
        let (first, second) = (try Peer.listening(), try Peer.listening())
        lead(
            gateway, own: own ?? .open([backend(first)]), other: other ?? .open([backend(second)]), hold: hold,
            chain: chain)
        return (gateway, first, second)
    }
}
