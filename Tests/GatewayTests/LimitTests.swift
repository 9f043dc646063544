import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

@Suite struct LimitTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private static func get(_ path: String, _ more: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: web\r\n\(more)\r\n"
    }

    /// A gateway with that policy before a backend.
    private static func start(
        hold: Duration = .seconds(15), speaking application: ApplicationProtocol = .http,
        _ change: (inout TrafficPolicy) -> Void
    ) throws -> (GatewayFixture, Peer) {
        let gateway = try GatewayFixture()
        let backend = try Peer.listening()
        var traffic = TrafficPolicy()
        change(&traffic)
        gateway.open(to: backend.port, hold: hold, speaking: application, traffic: traffic)
        return (gateway, backend)
    }

    /// A client that has asked.
    private static func asking(_ gateway: GatewayFixture, _ request: String) throws -> Peer {
        let client = try gateway.client()
        try client.send(request)
        return client
    }

    @Test func whatIsBeyondTheLimitWaitsForTheEndOfAnother() throws {
        let (gateway, backend) = try Self.start { $0.load.concurrency = .fixed(2) }
        defer { gateway.stop() }
        let clients = try (0..<6).map { number in
            let client = try Self.asking(gateway, Self.get("/\(number)"))
            gateway.await { $0.active + $0.held == UInt64(number + 1) }
            return client
        }
        gateway.await { $0.active == 2 && $0.held == 4 && $0.limit == 2 }
        var servers = [try backend.accept(), try backend.accept()]
        for number in 0..<6 {
            let server = servers[number % 2]
            #expect(try server.head().hasPrefix("GET /\(number) "))
            try server.send(Self.ok)
            #expect(try clients[number].text(Self.ok.utf8.count) == Self.ok)
            if number < 4 { servers[number % 2] = try backend.accept() }
        }
        gateway.await { $0.active == 0 && $0.held == 0 && $0.refused == 0 }
        #expect(gateway.with { $0.routes[0].inFlight } == 0)
    }

    @Test func whoLeavesTheLineIsNotWaitedFor() throws {
        let (gateway, backend) = try Self.start { $0.load.concurrency = .fixed(1) }
        defer { gateway.stop() }
        let first = try Self.asking(gateway, Self.get("/"))
        let server = try backend.accept()
        _ = try server.head()
        var second: Peer? = try Self.asking(gateway, Self.get("/second"))
        gateway.await { $0.held == 1 }
        let third = try Self.asking(gateway, Self.get("/third"))
        gateway.await { $0.held == 2 }
        second = nil
        gateway.await { $0.held == 1 }
        try server.send(Self.ok)
        #expect(try first.text(Self.ok.utf8.count) == Self.ok)
        let next = try backend.accept()
        #expect(try next.head().hasPrefix("GET /third "))
        try next.send(Self.ok)
        #expect(try third.text(Self.ok.utf8.count) == Self.ok)
        #expect(second == nil)
        #expect(gateway.with { $0.routes[0].inFlight } == 0)
    }

    @Test(arguments: [ApplicationProtocol.http, .tcp])
    func aFreeSlotIsOfNoUseWhileNobodyListens(_ application: ApplicationProtocol) throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        var backend: Peer? = try Peer.listening()
        let port = try #require(backend?.port)
        var traffic = TrafficPolicy()
        traffic.load.concurrency = .fixed(1)
        gateway.open(to: port, speaking: application, traffic: traffic)
        var first: Peer? = try Self.asking(gateway, Self.get("/1"))
        var server = try backend?.accept()
        let second = try Self.asking(gateway, Self.get("/2"))
        gateway.await { $0.active == 1 && $0.held == 1 }
        backend = nil
        first = nil
        server = nil
        gateway.await { $0.active == 0 && $0.held == 1 }
        let successor = try Peer.listening(port: port)
        let next = try successor.accept()
        #expect(try next.head().hasPrefix("GET /2 "))
        try next.send(Self.ok)
        #expect(try second.text(Self.ok.utf8.count) == Self.ok)
        #expect(first == nil && server == nil)
    }

    @Test func connectionsAreCallsOfOtherProtocols() throws {
        let (gateway, backend) = try Self.start(speaking: .tcp) { $0.load.concurrency = .fixed(1) }
        defer { gateway.stop() }
        var first: Peer? = try gateway.client()
        var server: Peer? = try backend.accept()
        let second = try gateway.client()
        gateway.await { $0.active == 1 && $0.held == 1 }
        first = nil
        server = nil
        let next = try backend.accept()
        try next.send("ok")
        #expect(try second.text(2) == "ok")
        #expect(first == nil && server == nil)
    }

    @Test func theMoreImportantGoFirstAndTheLeastIsSentAway() throws {
        let (gateway, backend) = try Self.start {
            $0.load.concurrency = .fixed(2)
            $0.holdCount = 2
            var low = PriorityRule(priority: 1)
            low.path = "/batch/"
            var high = PriorityRule(priority: 9)
            high.header = "X-Urgent"
            high.value = "yes"
            $0.load.rules = [low, high]
        }
        defer { gateway.stop() }
        // The least important fill half of the limit.
        let batch = try Self.asking(gateway, Self.get("/batch/1"))
        let server = try backend.accept()
        _ = try server.head()
        let second = try Self.asking(gateway, Self.get("/batch/2"))
        gateway.await { $0.active == 1 && $0.held == 1 }
        // The most important all of it, and before those who wait.
        let urgent = try Self.asking(gateway, Self.get("/1", "x-urgent: yes\r\n"))
        let other = try backend.accept()
        #expect(try other.head().hasPrefix("GET /1 "))
        let normal = try Self.asking(gateway, Self.get("/2", "X-Urgent: no\r\n"))
        gateway.await { $0.held == 2 }
        // Two wait already: the least important of them makes room.
        let last = try Self.asking(gateway, Self.get("/3", "X-Urgent: yes\r\n"))
        #expect(try second.head().hasPrefix("HTTP/1.1 503 "))
        gateway.await { $0.held == 2 && $0.shed == 1 }
        // And who is the least important finds no room.
        let third = try Self.asking(gateway, Self.get("/batch/3"))
        #expect(try third.head().hasPrefix("HTTP/1.1 503 "))
        try other.send(Self.ok)
        #expect(try urgent.text(Self.ok.utf8.count) == Self.ok)
        let next = try backend.accept()
        #expect(try next.head().hasPrefix("GET /3 "))
        try server.send(Self.ok)
        try next.send(Self.ok)
        let afterwards = try backend.accept()
        #expect(try afterwards.head().hasPrefix("GET /2 "))
        try afterwards.send(Self.ok)
        for client in [batch, normal, last] { #expect(try client.text(Self.ok.utf8.count) == Self.ok) }
        #expect(gateway.with { $0.routes[0].inFlight } == 0)
    }

    @Test(arguments: [ApplicationProtocol.http, .tcp])
    func whoseInstanceAClientIsIsKnownByTheSocket(_ application: ApplicationProtocol) throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let backend = try Peer.listening()
        var low = PriorityRule(priority: 1)
        low.client = "reports"
        var traffic = TrafficPolicy()
        traffic.load.concurrency = .fixed(2)
        traffic.load.rules = [low, PriorityRule(priority: 9)]
        func lead(_ client: String?) {
            var route = GatewayConfiguration.Route(
                service: "web", target: 80, listeners: [GatewayFixture.key],
                state: .open([GatewayConfiguration.Backend(address: "127.0.0.1", port: backend.port)]),
                hold: .seconds(15), application: application, traffic: traffic)
            route.clients = client.map { [GatewayFixture.key: $0] } ?? [:]
            let configuration = GatewayConfiguration(routes: [route])
            gateway.with { $0.apply(configuration) }
        }
        lead("reports")
        let first = try Self.asking(gateway, Self.get("/1"))
        gateway.await { $0.active == 1 }
        // The least important fill half of the limit.
        let second = try Self.asking(gateway, Self.get("/2"))
        gateway.await { $0.active == 1 && $0.held == 1 }
        lead("another")
        let third = try Self.asking(gateway, Self.get("/3"))
        gateway.await { $0.active == 2 && $0.held == 1 }
        withExtendedLifetime([first, second, third]) {}
    }

    @Test func oneClientMayHaveOnlySoMany() throws {
        let (gateway, backend) = try Self.start { $0.load.perClient = 2 }
        defer { gateway.stop() }
        let clients = [try Self.asking(gateway, Self.get("/")), try Self.asking(gateway, Self.get("/"))]
        let servers = [try backend.accept(), try backend.accept()]
        let third = try Self.asking(gateway, Self.get("/"))
        let head = try third.head()
        #expect(head.hasPrefix("HTTP/1.1 429 ") && head.contains("Retry-After: 1\r\n"))
        for (client, server) in zip(clients, servers) {
            _ = try server.head()
            try server.send(Self.ok)
            #expect(try client.text(Self.ok.utf8.count) == Self.ok)
        }
        #expect(gateway.with { $0.routes[0].clients.isEmpty } == true)
        // The connection goes on.
        _ = try third.receive(through: "web")
        try third.send(Self.get("/"))
        let again = try backend.accept()
        _ = try again.head()
        try again.send(Self.ok)
        #expect(try third.text(Self.ok.utf8.count) == Self.ok)
        gateway.await { $0.clientLimited == 1 }
    }

    @Test(arguments: [AdaptiveConcurrency.Method.gradient, .aimd])
    func aLimitThatAdaptsShrinksWhereCallsAreLost(method: AdaptiveConcurrency.Method) throws {
        let (gateway, backend) = try Self.start {
            $0.load.concurrency = .adaptive(AdaptiveConcurrency(method))
            $0.retry.attempts = 1
            $0.breaker.mode = .disabled
        }
        defer { gateway.stop() }
        gateway.await { $0.limit == 20 }
        for _ in 0..<3 {
            let client = try Self.asking(gateway, "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n")
            var server: Peer? = try backend.accept()
            _ = try server?.head()
            server = nil
            #expect(try client.head().hasPrefix("HTTP/1.1 502 "))
        }
        switch method {
        case .aimd: gateway.await { $0.limit.map { $0 < 20 } ?? false }
        // A gradient goes by latency alone, and by that of calls that made use of the limit.
        case .gradient: gateway.await { $0.limit == 20 }
        }
    }

    @Test func aBodyOfUnknownLengthIsCounted() throws {
        let (gateway, backend) = try Self.start { $0.bodyLimit = 10 }
        defer { gateway.stop() }
        let head = "POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n"
        let client = try Self.asking(gateway, head + "5\r\nhello\r\n")
        let server = try backend.accept()
        _ = try server.head()
        try client.send("5\r\nhello\r\n0\r\n\r\n")
        #expect(try client.head().hasPrefix("HTTP/1.1 413 "))
        let second = try Self.asking(gateway, head + "a\r\nhellohello\r\n0\r\n\r\n")
        #expect(try second.head().hasPrefix("HTTP/1.1 413 "))
    }

    @Test func theSameValueOfAFieldIsTheSameInstance() throws {
        let (gateway, first) = try Self.start { _ in }
        defer { gateway.stop() }
        let second = try Peer.listening()
        var traffic = TrafficPolicy()
        traffic.balance.method = .header
        traffic.balance.header = "X-Tenant"
        gateway.open(to: first.port, second.port, speaking: .http, traffic: traffic)
        for (backend, name) in [(first, "1"), (second, "2")] {
            Thread {
                while let server = try? backend.accept() {
                    Thread {
                        while (try? server.head()) != nil {
                            try? server.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(name)")
                        }
                    }.start()
                }
            }.start()
        }
        let clients = try (0..<3).map { _ in try gateway.client() }
        var answers: [Int: Set<String>] = [:]
        for round in 0..<60 {
            let client = clients[round % 3]
            try client.send(Self.get("/", "x-TENANT: \(round % 20)\r\n"))
            _ = try client.head()
            answers[round % 20, default: []].insert(try client.text(1))
        }
        #expect(answers.values.allSatisfy { $0.count == 1 })
        #expect(Set(answers.values.joined()) == ["1", "2"])
    }
}
