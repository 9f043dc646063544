import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

@Suite struct HTTPForwardingTests {
    private static let get = "GET /a?b HTTP/1.1\r\nHost: web\r\n\r\n"
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    private static func post(_ body: String, _ fields: String = "") -> String {
        "POST /p HTTP/1.1\r\nHost: web\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }

    @Test func aRequestReachesTheInstanceWithWhatTheGatewayKnows() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(
            "GET /a?b HTTP/1.1\r\nHost: web\r\nConnection: x-own, keep-alive\r\nX-Own: 1\r\nX-Mine: 2\r\n\r\n")
        let server = try backend.accept()
        let lines = try server.head().components(separatedBy: "\r\n")
        #expect(lines.first == "GET /a?b HTTP/1.1")
        #expect(lines.contains("Host: web"))
        #expect(lines.contains("X-Mine: 2"))
        #expect(!lines.contains { $0.hasPrefix("X-Own") || $0.hasPrefix("Connection") })
        #expect(lines.contains("X-Forwarded-For: 127.0.0.1"))
        let name = lines.first { $0.hasPrefix("X-Request-Id: ") }?.dropFirst("X-Request-Id: ".count) ?? ""
        #expect(name.count == 32 && name.allSatisfy(\.isHexDigit))
        try server.send(Self.ok)
        #expect(try client.text(Self.ok.utf8.count) == Self.ok)
        gateway.await { $0.http.total == 1 && $0.http.statuses[1] == 1 && $0.active == 0 }
    }

    @Test func connectionsAreKeptOnBothSides() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        var server: Peer?
        for _ in 0..<3 {
            try client.send(Self.get)
            if server == nil { server = try backend.accept() }
            _ = try server?.head()
            try server?.send(Self.ok)
            #expect(try client.text(Self.ok.utf8.count) == Self.ok)
        }
        // Another client inherits the connection to the instance.
        client.endOutput()
        #expect(try client.receiveAll().isEmpty)
        let second = try gateway.client()
        try second.send(Self.get)
        _ = try server?.head()
        try server?.send(Self.ok)
        #expect(try second.text(Self.ok.utf8.count) == Self.ok)
        #expect(!backend.hasInput)
    }

    @Test func aClientThatClosesLeavesItsConnectionToTheNext() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        var server: Peer?
        for _ in 0..<3 {
            let client = try gateway.client()
            try client.send("GET /a HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
            if server == nil { server = try backend.accept() }
            _ = try server?.head()
            try server?.send(Self.ok)
            let answer = String(decoding: try client.receiveAll(), as: UTF8.self)
            #expect(answer.hasSuffix("ok") && answer.contains("Connection: close"))
        }
        #expect(!backend.hasInput)
    }

    @Test func requestsInARowAreAnsweredInOrder() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send((0..<5).map { "GET /\($0) HTTP/1.1\r\nHost: web\r\n\r\n" }.joined())
        let server = try backend.accept()
        for number in 0..<5 {
            #expect(try server.head().hasPrefix("GET /\(number) "))
            try server.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(number)")
            #expect(try client.head().hasPrefix("HTTP/1.1 200"))
            #expect(try client.text(1) == "\(number)")
        }
    }

    @Test(arguments: [1, 7, 1_000]) func aBodyOfChunksIsPassedWhateverItsPieces(piece: Int) throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        let chunks = "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n"
        let request = Array("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)".utf8)
        let sender = Thread {
            for start in stride(from: 0, to: request.count, by: piece) {
                try? client.send(Array(request[start..<min(start + piece, request.count)]))
            }
        }
        sender.start()
        let server = try backend.accept()
        #expect(try server.head().contains("Transfer-Encoding: chunked\r\n"))
        #expect(try server.text(chunks.utf8.count) == chunks)
        try server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nyes\r\n0\r\n\r\n")
        #expect(try client.head().contains("Transfer-Encoding: chunked\r\n"))
        #expect(try client.receive(through: "0\r\n\r\n") == "3\r\nyes\r\n0\r\n\r\n")
    }

    @Test func bodiesAreLargerThanAnyBuffer() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        let size = 8 << 20
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
        let sender = Thread {
            try? client.send("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: \(size)\r\n\r\n")
            try? client.send(bytes)
        }
        sender.start()
        let server = try backend.accept()
        _ = try server.head()
        #expect(try server.receive(count: size) == bytes)
        let answerer = Thread {
            try? server.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
            try? server.send(bytes)
        }
        answerer.start()
        _ = try client.head()
        #expect(try client.receive(count: size) == bytes)
        // The connection is good for more.
        try client.send(Self.get)
        #expect(try server.head().hasPrefix("GET"))
    }

    @Test func aClientThatExpectsIsToldToGoOn() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        let server = try backend.accept()
        #expect(try server.head().contains("Expect: 100-continue"))
        try server.send("HTTP/1.1 100 Continue\r\n\r\n")
        #expect(try client.head().hasPrefix("HTTP/1.1 100"))
        try client.send("body")
        #expect(try server.text(4) == "body")
        try server.send(Self.ok)
        #expect(try client.text(Self.ok.utf8.count) == Self.ok)
    }

    @Test func bothMayChangeToAnotherProtocol() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send("GET / HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        let server = try backend.accept()
        #expect(try server.head().contains("Upgrade: websocket\r\n"))
        try server.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst")
        #expect(try client.head().hasPrefix("HTTP/1.1 101"))
        #expect(try client.text(5) == "first")
        try client.send("ping")
        #expect(try server.text(4) == "ping")
        try server.send("pong")
        #expect(try client.text(4) == "pong")
        gateway.await { $0.active == 1 }
        server.endOutput()
        client.endOutput()
        gateway.await { $0.active == 0 }
    }

    @Test(arguments: ["\u{16}\u{3}\u{1}hello", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"])
    func whatIsNotHTTPOnePassesAsItIs(opening: String) throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(opening)
        let server = try backend.accept()
        #expect(try server.text(opening.utf8.count) == opening)
        try server.send("anything")
        #expect(try client.text(8) == "anything")
    }

    @Test func whatCanBeReadInTwoWaysIsRefused() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(
            "POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        #expect(try client.head().hasPrefix("HTTP/1.1 400 "))
        _ = try client.receiveAll()
        #expect(!backend.hasInput)
        gateway.await { $0.http.malformed == 1 && $0.http.total == 0 }
    }

    @Test func anAnswerWithoutALengthEndsTheConnection() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let server: Peer? = try backend.accept()
        _ = try server?.head()
        try server?.send("HTTP/1.1 200 OK\r\n\r\nall of it")
        server?.endOutput()
        #expect(try client.head().contains("Connection: close\r\n"))
        #expect(try client.receiveAll() == Array("all of it".utf8))
    }

    @Test func aResponseThatBreaksOffIsSeenToBreakOff() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        var server: Peer? = try backend.accept()
        _ = try server?.head()
        try server?.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        _ = try client.head()
        server = nil
        #expect(client.ending() == Peer.wasReset)
        gateway.await { $0.http.truncated == 1 && $0.active == 0 }
    }

    @Test func aSafeRequestIsSentAgain() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        var server: Peer? = try backend.accept()
        let first = try server?.head()
        server = nil
        let second = try backend.accept()
        #expect(try second.head() == first)
        try second.send(Self.ok)
        #expect(try client.text(Self.ok.utf8.count) == Self.ok)
        gateway.await { $0.http.retries == 1 && $0.http.failed == 0 }
    }

    @Test func oneThatMayHaveDoneSomethingIsNot() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.post("pay"))
        var server: Peer? = try backend.accept()
        _ = try server?.head()
        server = nil
        #expect(try client.head().hasPrefix("HTTP/1.1 502 "))
        gateway.await { $0.http.failed == 1 && $0.http.retries == 0 }
        // With a key, the instance itself sees to it that it is done once.
        let second = try gateway.client()
        try second.send(Self.post("pay", "Idempotency-Key: 7\r\n"))
        var other: Peer? = try backend.accept()
        _ = try other?.head()
        other = nil
        let third = try backend.accept()
        #expect(try third.head().contains("Idempotency-Key: 7"))
        #expect(try third.text(3) == "pay")
        try third.send(Self.ok)
        #expect(try second.text(Self.ok.utf8.count) == Self.ok)
    }

    @Test func askingAModelIsSafe() throws {
        let (gateway, backend) = try Self.start(.ollama)
        defer { gateway.stop() }
        let client = try gateway.client()
        let body = "{\"model\":\"m\"}"
        let ask = "POST /api/chat HTTP/1.1\r\nHost: o\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        try client.send(ask)
        var server: Peer? = try backend.accept()
        _ = try server?.head()
        server = nil
        let second = try backend.accept()
        _ = try second.head()
        #expect(try second.text(body.utf8.count) == body)
        try second.send(Self.ok)
        #expect(try client.text(Self.ok.utf8.count) == Self.ok)
    }

    @Test func attemptsAreBounded() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        for _ in 0..<3 {
            let server = try backend.accept()
            _ = try server.head()
        }
        #expect(try client.head().hasPrefix("HTTP/1.1 502 "))
        #expect(!backend.hasInput)
    }

    @Test func aRequestWaitsForTheRepair() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        gateway.set(.held, speaking: .http)
        let client = try gateway.client()
        try client.send(Self.post("hello"))
        gateway.await { $0.held == 1 }
        gateway.open(to: backend.port, speaking: .http)
        let server = try backend.accept()
        _ = try server.head()
        #expect(try server.text(5) == "hello")
        try server.send(Self.ok)
        #expect(try client.text(Self.ok.utf8.count) == Self.ok)
        gateway.await { $0.released == 1 && $0.held == 0 && $0.refused == 0 }
    }

    @Test func theHoldEndsInAnAnswerThatSaysWhenToComeAgain() throws {
        let (gateway, _) = try Self.start()
        defer { gateway.stop() }
        gateway.set(.held, hold: .milliseconds(50), speaking: .http)
        let client = try gateway.client()
        try client.send(Self.get)
        let head = try client.head()
        #expect(head.hasPrefix("HTTP/1.1 503 "))
        #expect(head.contains("Retry-After: "))
        gateway.await { $0.refused == 1 }
    }

    @Test func whoGoesNowhereIsAnsweredAsTheOwnerWants() throws {
        let (gateway, _) = try Self.start()
        defer { gateway.stop() }
        var traffic = TrafficPolicy()
        traffic.fallback = [
            .answer(StaticAnswer(status: 200, body: "{\"degraded\":true}", contentType: "application/json"))
        ]
        gateway.set(.refused, speaking: .http, traffic: traffic)
        let client = try gateway.client()
        for _ in 0..<2 {
            try client.send(Self.get)
            let head = try client.head()
            #expect(head.hasPrefix("HTTP/1.1 200 "))
            #expect(head.contains("Content-Type: application/json\r\n"))
            #expect(try client.text(17) == "{\"degraded\":true}")
        }
    }

    @Test func whoTakesTooLongIsTold() throws {
        var traffic = TrafficPolicy()
        traffic.timeouts.response = .milliseconds(50)
        traffic.timeouts.head = .milliseconds(50)
        traffic.timeouts.idle = .milliseconds(50)
        let (gateway, backend) = try Self.start(traffic: traffic)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let server = try backend.accept()
        #expect(try client.head().hasPrefix("HTTP/1.1 504 "))
        withExtendedLifetime(server) {}
        let slow = try gateway.client()
        try slow.send("GET / HT")
        #expect(try slow.head().hasPrefix("HTTP/1.1 408 "))
        let silent = try gateway.client()
        #expect(try silent.receiveAll().isEmpty)
    }

    @Test func aBodyLargerThanAllowedIsRefused() throws {
        var traffic = TrafficPolicy()
        traffic.bodyLimit = 3
        let (gateway, backend) = try Self.start(traffic: traffic)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.post("four"))
        #expect(try client.head().hasPrefix("HTTP/1.1 413 "))
        #expect(!backend.hasInput)
    }

    @Test func anInstanceThatIsTakenOutGetsNoFurtherRequest() throws {
        let (gateway, first) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get)
        let old = try first.accept()
        _ = try old.head()
        let second = try Peer.listening()
        gateway.open(to: second.port, speaking: .http)
        // The request in progress ends where it began, and the next one goes elsewhere.
        try old.send(Self.ok)
        #expect(try client.text(Self.ok.utf8.count) == Self.ok)
        try client.send(Self.get)
        let new = try second.accept()
        _ = try new.head()
        try new.send(Self.ok)
        #expect(try client.text(Self.ok.utf8.count) == Self.ok)
        #expect(try old.receiveAll().isEmpty)
    }

    /// A gateway with one instance.
    private static func start(
        _ application: ApplicationProtocol = .http, traffic: TrafficPolicy = TrafficPolicy()
    ) throws -> (GatewayFixture, Peer) {
        let gateway = try GatewayFixture()
        let backend = try Peer.listening()
        gateway.open(to: backend.port, speaking: application, traffic: traffic)
        return (gateway, backend)
    }
}
