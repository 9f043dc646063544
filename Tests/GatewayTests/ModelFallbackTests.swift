import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

/// A service `ollama` that can ask another model, and `spare`, which has more of them.
@Suite struct ModelFallbackTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    private static let missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno!"
    private static let broken = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nbad"
    private static let big = #"{"model":"big:70b","prompt":"say \"model\":1"}"#
    private static let small = #"{"model":"small","prompt":"say \"model\":1"}"#
    private static let step = FallbackStep.model("small")

    @Test(arguments: [missing, broken]) func anotherModelAnswersWhereOneCannot(failure: String) throws {
        let (gateway, own, _) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.ask(Self.big))
        let first = try own.accept()
        let head = try first.head()
        #expect(try first.text(Self.big.utf8.count) == Self.big)
        try first.send(failure)
        let second = try own.accept()
        #expect(try second.head() == Self.resized(head))
        #expect(try second.text(Self.small.utf8.count) == Self.small)
        try second.send(Self.ok)
        let answer = try client.head()
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
        #expect(answer.contains("\r\nHale-Fallback: model small\r\n"))
        #expect(try client.text(2) == "ok")
        gateway.await { $0.http.fallbacks == [0, 0, 1, 0, 0, 0] && $0.http.failed == 0 && $0.active == 0 }
        // The instance serves, so its breaker is told of no failure.
        let breaker = gateway.with { $0.breakers.first } ?? nil
        #expect(breaker?.failures == 0)
        // The next request is the client's own again.
        try client.send(Self.ask(Self.big))
        #expect(try second.head() == head)
        #expect(try second.text(Self.big.utf8.count) == Self.big)
    }

    @Test(arguments: [1, 10, 1_000]) func theWholeBodyIsThereBeforeAnybodyIsAsked(piece: Int) throws {
        let (gateway, _, spare) = try Self.start(
            .refused, chain: [.service("spare", port: 90, model: "small")])
        defer { gateway.stop() }
        let client = try gateway.client()
        let bytes = Array(Self.ask(Self.big).utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try client.send(Array(bytes[start..<min(start + piece, bytes.count)]))
        }
        let server = try spare.accept()
        _ = try server.head()
        #expect(try server.text(Self.small.utf8.count) == Self.small)
        try server.send(Self.ok)
        #expect(try client.head().contains("Hale-Fallback: service spare, model small\r\n"))
    }

    @Test func chunksAreChangedToo() throws {
        let (gateway, own, _) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: o\r\nTransfer-Encoding: chunked\r\n\r\n")
        try client.send("6\r\n\(Self.big.prefix(6))\r\n\(String(Self.big.utf8.count - 6, radix: 16))\r\n")
        try client.send("\(Self.big.dropFirst(6))\r\n0\r\n\r\n")
        let first = try own.accept()
        #expect(try first.head().contains("Transfer-Encoding: chunked\r\n"))
        _ = try first.receive(through: "0\r\n\r\n")
        try first.send(Self.missing)
        let second = try own.accept()
        let head = try second.head()
        #expect(head.contains("Content-Length: \(Self.small.utf8.count)\r\n"))
        #expect(!head.contains("Transfer-Encoding"))
        #expect(try second.text(Self.small.utf8.count) == Self.small)
    }

    @Test func anotherModelAnswersWhereOneTakesTooLong() throws {
        let (gateway, own, _) = try Self.start { $0.timeouts.response = .milliseconds(50) }
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.ask(Self.big))
        let first = try own.accept()
        _ = try first.head()
        let second = try own.accept()
        _ = try second.head()
        #expect(try second.text(Self.small.utf8.count) == Self.small)
        try second.send(Self.ok)
        #expect(try client.head().contains("Hale-Fallback: model small\r\n"))
    }

    @Test func theNextStepAsksAsTheClientDid() throws {
        let (gateway, own, spare) = try Self.start(chain: [Self.step, .model("tiny"), .service("spare", port: 90)])
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.ask(Self.big))
        for model in ["big:70b", "small", "tiny"] {
            let server = try own.accept()
            _ = try server.head()
            let body = Self.big.replacingOccurrences(of: "big:70b", with: model)
            #expect(try server.text(body.utf8.count) == body)
            try server.send(Self.missing)
        }
        let other = try spare.accept()
        _ = try other.head()
        #expect(try other.text(Self.big.utf8.count) == Self.big)
        try other.send(Self.ok)
        #expect(try client.head().contains("Hale-Fallback: service spare\r\n"))
    }

    @Test(
        arguments: [
            ask(big, "/api/embed"), ask(big, "/api/show"), ask(#"{"prompt":"x"}"#), ask("no JSON"),
            ask(#"{"model":"big","prompt":"\#(String(repeating: "x", count: 70_000))"}"#),
        ])
    func whatCannotBeAskedOfAnotherIsAnsweredByTheOne(request: String) throws {
        let (gateway, own, _) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        let sender = Thread { try? client.send(request) }
        sender.start()
        let server = try own.accept()
        let head = try server.head()
        _ = try server.receive(count: request.utf8.count - Self.headLength(request))
        #expect(head.hasPrefix("POST "))
        try server.send(Self.missing)
        #expect(try client.text(Self.missing.utf8.count) == Self.missing)
        gateway.await { $0.http.fallbacks == [0, 0, 0, 0, 0, 0] }
    }

    @Test func whoIsSlowWithABodyIsTold() throws {
        let (gateway, own, _) = try Self.start { $0.timeouts.stream = .milliseconds(50) }
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(String(Self.ask(Self.big).dropLast(5)))
        #expect(try client.head().hasPrefix("HTTP/1.1 408 "))
        #expect(!own.hasInput)
    }

    @Test func whoLeavesMeanwhileIsForgotten() throws {
        let (gateway, own, _) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(String(Self.ask(Self.big).dropLast(5)))
        gateway.await { $0.http.total == 1 }
        client.endOutput()
        #expect(try client.receiveAll().isEmpty)
        #expect(!own.hasInput)
        #expect(gateway.with { $0.buffers.taken } == 0)
    }

    @Test func buffersAreGivenBack() throws {
        let (gateway, own, _) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        for _ in 0..<3 {
            try client.send(Self.ask(Self.big))
            for answer in [Self.missing, Self.ok] {
                let server = try own.accept()
                _ = try server.head()
                try server.send(answer)
                // Kept ones are not used again, so that each request meets a new connection.
                server.endOutput()
            }
            _ = try client.head()
            #expect(try client.text(2) == "ok")
        }
        gateway.await { $0.active == 0 }
        #expect(gateway.with { $0.buffers.taken } == 0)
    }

    // The pieces

    private static func ask(_ body: String, _ path: String = "/api/generate") -> String {
        "POST \(path) HTTP/1.1\r\nHost: o\r\nX-Request-Id: 1\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func headLength(_ request: String) -> Int {
        request.range(of: "\r\n\r\n").map { request[..<$0.upperBound].utf8.count } ?? 0
    }

    private static func resized(_ head: String) -> String {
        head.replacingOccurrences(
            of: "Content-Length: \(big.utf8.count)\r\n", with: "Content-Length: \(small.utf8.count)\r\n")
    }

    private static func start(
        _ own: GatewayConfiguration.State? = nil, chain: [FallbackStep] = [step],
        change: (inout TrafficPolicy) -> Void = { _ in }
    ) throws -> (GatewayFixture, Peer, Peer) {
        let gateway = try GatewayFixture()
        let (first, second) = (try Peer.listening(), try Peer.listening())
        var traffic = TrafficPolicy()
        traffic.fallback = chain
        change(&traffic)
        let backends = [first, second].map { GatewayConfiguration.Backend(address: "127.0.0.1", port: $0.port) }
        let routes = [
            GatewayConfiguration.Route(
                service: "ollama", target: 11_434, listeners: [GatewayFixture.key], state: own ?? .open([backends[0]]),
                hold: .seconds(15), application: .ollama, traffic: traffic),
            GatewayConfiguration.Route(
                service: "spare", target: 90, listeners: [], state: .open([backends[1]]), hold: .seconds(15),
                application: .http),
        ]
        gateway.with { $0.apply(GatewayConfiguration(routes: routes)) }
        return (gateway, first, second)
    }
}
