import Foundation
import Stack
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite struct GatewayBreakerTests {
    private static let get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n"
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    private static let broken = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"

    /// An instance that answers with failures is alive: nobody repairs it, and so nobody waits.
    @Test func whatAnswersWithFailuresIsLeftAloneForAWhile() throws {
        let (gateway, backend) = try Self.start { $0.open = .seconds(30) }
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let server = try backend.accept()
        for attempt in 0..<5 {
            if attempt > 0 { try client.send(Self.get) }
            _ = try server.head()
            try server.send(Self.broken)
            #expect(try client.head().hasPrefix("HTTP/1.1 500 "))
        }
        try client.send(Self.get)
        let head = try client.head()
        #expect(head.hasPrefix("HTTP/1.1 503 "))
        #expect(head.contains("Retry-After: "))
        #expect(try server.receive().isEmpty)
        let breaker = gateway.with { $0.breakers.first } ?? nil
        #expect(breaker?.state == .open)
        #expect(breaker?.failures == 5 && breaker?.trips == 1)
        #expect(breaker?.lastFailure == "answers with a status of 5xx")
    }

    @Test func aFewAreLetThroughOnTrialAndSuccessCloses() throws {
        let (gateway, backend) = try Self.start {
            $0.open = .milliseconds(30)
            $0.halfOpenPermits = 2
            $0.minimumCalls = 5
        }
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let server = try backend.accept()
        for attempt in 0..<5 {
            if attempt > 0 { try client.send(Self.get) }
            _ = try server.head()
            try server.send(Self.broken)
            _ = try client.head()
        }
        #expect(Self.state(gateway) == .open)
        while Self.state(gateway) != .halfOpen { sched_yield() }
        // Two are let through, and a third is not.
        let trial = [try gateway.client(), try gateway.client()]
        var servers: [Peer] = []
        for one in trial {
            try one.send(Self.get)
            servers.append(try backend.accept())
        }
        let third = try gateway.client()
        try third.send(Self.get)
        #expect(try third.head().hasPrefix("HTTP/1.1 503 "))
        for (one, server) in zip(trial, servers) {
            _ = try server.head()
            try server.send(Self.ok)
            #expect(try one.text(Self.ok.utf8.count) == Self.ok)
        }
        #expect(Self.state(gateway) == .closed)
    }

    /// One that does not answer is about to be repaired: clients wait for that, and the new run is asked at once.
    @Test func clientsWaitForOneThatIsSilent() throws {
        let (gateway, backend) = try Self.start {
            $0.open = .seconds(3)
            $0.consecutiveFailures = 1
        }
        defer { gateway.stop() }
        let unlucky = try gateway.client()
        try unlucky.send("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n")
        var server: Peer? = try backend.accept()
        _ = try server?.head()
        server = nil
        #expect(try unlucky.head().hasPrefix("HTTP/1.1 502 "))
        #expect(Self.state(gateway) == .open)
        let client = try gateway.client()
        try client.send(Self.get)
        gateway.await { $0.held == 1 }
        gateway.set(.open([.init(address: "127.0.0.1", port: backend.port, run: 2)]), speaking: .http)
        let next = try backend.accept()
        _ = try next.head()
        try next.send(Self.ok)
        #expect(try client.text(Self.ok.utf8.count) == Self.ok)
        #expect(Self.state(gateway) == .closed)
    }

    @Test func aCallThatHangsCountsBeforeItEnds() throws {
        let (gateway, backend) = try Self.start(slow: .after(.milliseconds(20))) {
            $0.minimumCalls = 2
            $0.open = .seconds(30)
        }
        defer { gateway.stop() }
        let troubles = Troubles()
        gateway.with { $0.onTrouble = { troubles.note($0) } }
        let clients = [try gateway.client(), try gateway.client()]
        for client in clients { try client.send(Self.get) }
        while Self.state(gateway) != .open { sched_yield() }
        #expect(troubles.all.map(\.reason) == ["calls hang"])
        // Those in progress go on.
        for client in clients {
            let server = try backend.accept()
            _ = try server.head()
            try server.send(Self.ok)
            #expect(try client.text(Self.ok.utf8.count) == Self.ok)
        }
    }

    @Test func whoFailsIsLeftOutAndTheOthersServe() throws {
        let (gateway, bad) = try Self.start { _ in }
        defer { gateway.stop() }
        let good = try Peer.listening()
        gateway.open(to: bad.port, good.port, speaking: .http)
        let failing = Thread {
            while let server = try? bad.accept() { try? server.send(Self.broken) }
        }
        failing.start()
        let serving = Thread {
            while let server = try? good.accept() {
                Thread { while (try? server.head()) != nil { try? server.send(Self.ok) } }.start()
            }
        }
        serving.start()
        var failures = 0
        for _ in 0..<60 {
            let client = try gateway.client()
            try client.send(Self.get)
            if try client.head().hasPrefix("HTTP/1.1 500 ") { failures += 1 }
        }
        // Three in a row.
        #expect(failures == 3)
    }

    @Test func aPersonHasTheLastWord() throws {
        let (gateway, backend) = try Self.start { _ in }
        defer { gateway.stop() }
        gateway.with { $0.carryOut(BreakerOrder(service: "web", action: .open)) }
        #expect(Self.state(gateway) == .forcedOpen)
        let client = try gateway.client()
        try client.send(Self.get)
        #expect(try client.head().hasPrefix("HTTP/1.1 503 "))
        gateway.with { $0.carryOut(BreakerOrder(service: "web", action: .close)) }
        let second = try gateway.client()
        try second.send(Self.get)
        let server = try backend.accept()
        _ = try server.head()
        try server.send(Self.ok)
        #expect(try second.text(Self.ok.utf8.count) == Self.ok)
    }

    @Test func aPostgresClientIsToldInItsOwnWords() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        gateway.set(.held, hold: .milliseconds(20), speaking: .postgres)
        let client = try gateway.client()
        try client.send([0, 0, 0, 8, 4, 210, 22, 47])
        #expect(try client.text(1) == "N")
        let body = Array("user\0x\0\0".utf8)
        try client.send([0, 0, 0, UInt8(8 + body.count), 0, 3, 0, 0] + body)
        let answer = String(decoding: try client.receiveAll(), as: UTF8.self)
        #expect(answer.hasPrefix("E") && answer.contains("57P03"))
    }

    @Test func aRedisClientIsToldInItsOwnWords() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        gateway.set(.refused, speaking: .redis)
        let client = try gateway.client()
        try client.send("PING\r\n")
        #expect(try client.receive(through: "\r\n").hasPrefix("-LOADING "))
    }

    @Test(arguments: ["-LOADING Redis is loading the dataset in memory\r\n", "-OOM command not allowed\r\n"])
    func whatRedisSaysCounts(reply: String) throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let backend = try Peer.listening()
        gateway.open(to: backend.port, speaking: .redis)
        let client = try gateway.client()
        let server = try backend.accept()
        for _ in 0..<5 {
            try client.send("PING\r\n")
            _ = try server.receive(through: "\r\n")
            try server.send(reply)
            #expect(try client.receive(through: "\r\n") == reply)
        }
        #expect(Self.state(gateway) == .open)
    }

    private static func state(_ gateway: GatewayFixture) -> BreakerState? {
        gateway.with { $0.breakers.first?.state } ?? nil
    }

    private static func start(
        slow: SlowCalls = .automatic, _ change: (inout BreakerPolicy) -> Void
    ) throws -> (GatewayFixture, Peer) {
        let gateway = try GatewayFixture()
        let backend = try Peer.listening()
        var traffic = TrafficPolicy()
        traffic.slow = slow
        change(&traffic.breaker)
        gateway.open(to: backend.port, speaking: .http, traffic: traffic)
        return (gateway, backend)
    }

    private final class Troubles: Sendable {
        private let noted = Mutex<[GatewayTrouble]>([])

        var all: [GatewayTrouble] { noted.withLock { $0 } }

        func note(_ trouble: GatewayTrouble) { noted.withLock { $0.append(trouble) } }
    }
}
