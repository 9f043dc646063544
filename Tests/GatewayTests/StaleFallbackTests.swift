import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

/// A service `web` whose last good answers stand in for it.
@Suite struct StaleFallbackTests {
    private static let body = #"{"price":7}"#
    private static let stale = FallbackStep.stale(StaleAnswers(age: .seconds(3_600)))

    @Test func theLastGoodAnswerIsGivenAgain() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        var server: Peer?
        for number in 1...2 {
            try Self.serve(client, backend, &server, "/a?b", "ETag: \"\(number)\"\r\n")
        }
        Self.refuse(gateway)
        for _ in 0..<2 {
            try client.send(Self.get("/a?b"))
            let head = try client.head()
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
            for line in [
                "ETag: \"2\"", "X-Own: 1", "Hale-Fallback: stale", "Content-Length: \(Self.body.utf8.count)",
            ] {
                #expect(head.contains("\r\n\(line)\r\n"), "\(line)")
            }
            #expect(head.contains("\r\nAge: ") && !head.contains("X-Hop"))
            #expect(try client.text(Self.body.utf8.count) == Self.body)
        }
        gateway.await { $0.http.fallbacks == [0, 0, 0, 2, 0, 0] && $0.http.failed == 2 && $0.refused == 2 }
        // What a HEAD is told is the same.
        try client.send("HEAD /a?b HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")
        let head = try client.head()
        #expect(head.contains("\r\nContent-Length: \(Self.body.utf8.count)\r\n"))
        #expect(try client.receiveAll().isEmpty)
        // Another page, another host and another method have no answer.
        for request in [
            Self.get("/a"), "GET /a?b HTTP/1.1\r\nHost: api\r\n\r\n", "OPTIONS /a?b HTTP/1.1\r\nHost: web\r\n\r\n",
        ] {
            let other = try gateway.client()
            try other.send(request)
            #expect(try other.head().hasPrefix("HTTP/1.1 503 "))
        }
    }

    @Test func whatIsNotStaleYetHasNoWarning() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        var server: Peer?
        try Self.serve(client, backend, &server, "/fresh", "Cache-Control: max-age=600\r\nAge: 30\r\n")
        try Self.serve(client, backend, &server, "/stale", "Cache-Control: max-age=600\r\nAge: 700\r\n")
        Self.refuse(gateway)
        try client.send(Self.get("/fresh"))
        let fresh = try client.head()
        #expect(fresh.contains("\r\nAge: 3") && !fresh.contains("Warning"))
        _ = try client.text(Self.body.utf8.count)
        try client.send(Self.get("/stale"))
        let stale = try client.head()
        #expect(stale.contains("\r\nAge: 70") && stale.contains("\r\nWarning: 110 - \"Response is Stale\"\r\n"))
    }

    @Test(
        arguments: [
            "Cache-Control: private\r\n", "Cache-Control: no-store\r\n", "Set-Cookie: a=1\r\n", "Age: 3700\r\n",
            "Vary: *\r\n", "Cache-Control: must-revalidate\r\nAge: 5\r\n",
        ])
    func whatMustNotBeUsedIsNot(fields: String) throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        var server: Peer?
        try Self.serve(client, backend, &server, "/a", fields)
        try Self.expectNothing(gateway, client, "/a")
    }

    @Test func whatIsForOneUserIsNotForAnother() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        var server: Peer?
        try Self.serve(client, backend, &server, "/a", "", request: "Authorization: Basic x\r\n")
        try Self.serve(client, backend, &server, "/b", "Vary: Accept-Language\r\n", request: "Accept-Language: de\r\n")
        try Self.expectNothing(gateway, client, "/a")
        try Self.expectNothing(gateway, client, "/b")
        try client.send(Self.get("/b", "Accept-Language: de\r\n"))
        #expect(try client.head().contains("Hale-Fallback: stale"))
    }

    @Test func chunksAreKeptAsWhatTheyCarry() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get("/a"))
        let server = try backend.accept()
        _ = try server.head()
        let chunks = "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n"
        try server.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n")
        _ = try client.head()
        for piece in chunks { try server.send(String(piece)) }
        _ = try client.text(chunks.utf8.count)
        Self.refuse(gateway)
        try client.send(Self.get("/a"))
        let head = try client.head()
        #expect(head.contains("\r\nContent-Length: 11\r\n"))
        #expect(!head.contains("Trailer") && !head.contains("Transfer-Encoding"))
        #expect(try client.text(11) == "hello world")
    }

    @Test func whatEndsWithTheConnectionIsKept() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send(Self.get("/a"))
        let server: Peer? = try backend.accept()
        _ = try server?.head()
        try server?.send("HTTP/1.1 200 OK\r\n\r\nall of it")
        server?.endOutput()
        #expect(try client.head().contains("Connection: close"))
        #expect(try client.receiveAll() == Array("all of it".utf8))
        Self.refuse(gateway)
        let other = try gateway.client()
        try other.send(Self.get("/a"))
        #expect(try other.head().contains("\r\nContent-Length: 9\r\n"))
        #expect(try other.text(9) == "all of it")
    }

    /// Longer than what is kept for a client that reads slowly.
    @Test func aLongAnswerReachesAClientThatTakesItsTime() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        var server: Peer?
        let long = String(repeating: "0123456789abcdef", count: 60_000)
        try Self.serve(client, backend, &server, "/a", "", body: long)
        Self.refuse(gateway)
        for _ in 0..<2 {
            try client.send(Self.get("/a"))
            gateway.await { $0.http.fallbacks[3] > 0 }
            _ = try client.head()
            #expect(try client.text(long.utf8.count) == long)
        }
        let last = try gateway.client()
        try last.send(Self.get("/a", "Connection: close\r\n"))
        #expect(try last.receiveAll().count > long.utf8.count)
        // One that leaves in the middle of it is forgotten.
        var hasty: Peer? = try gateway.client()
        try hasty?.send(Self.get("/a"))
        _ = try hasty?.head()
        hasty?.resetOnClose()
        hasty = nil
        Self.awaitNobody(gateway)
    }

    @Test func whatIsTooLongOrBrokenIsNotKept() throws {
        let (gateway, backend) = try Self.start { $0.entry = 10 }
        defer { gateway.stop() }
        let client = try gateway.client()
        var server: Peer?
        try Self.serve(client, backend, &server, "/long", "")
        try client.send(Self.get("/chunks"))
        _ = try server?.head()
        try server?.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n")
        _ = try client.head()
        _ = try client.receive(through: "0\r\n\r\n")
        try Self.serve(client, backend, &server, "/short", "", body: "short")
        let other = try gateway.client()
        try other.send(Self.get("/broken"))
        var dying: Peer? = try backend.accept()
        _ = try dying?.head()
        try dying?.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        _ = try other.head()
        dying = nil
        #expect(other.ending() == Peer.wasReset)
        for path in ["/long", "/chunks", "/broken"] { try Self.expectNothing(gateway, client, path) }
        try client.send(Self.get("/short"))
        _ = try client.head()
        #expect(try client.text(5) == "short")
        #expect(gateway.with { $0.passingBytes.take($0.limits.keptBytes) } == true)
        #expect(gateway.with { $0.asked.count } == 0)
    }

    @Test(
        arguments: [
            ("POST /a HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n", "204 No Content", false),
            ("POST /a HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n", "409 Conflict", true),
            ("POST /b HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n", "204 No Content", true),
            (get("/a"), "404 Not Found", false), (get("/a"), "410 Gone", false), (get("/a"), "403 Forbidden", true),
            (get("/a"), "200 OK\r\nCache-Control: no-store", false),
            (get("/a"), "200 OK\r\nSet-Cookie: a=1", true),
        ])
    func whatHasChangedIsNotWhatItWas(request: String, answer: String, isKept: Bool) throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        var server: Peer?
        try Self.serve(client, backend, &server, "/a", "")
        try client.send(request)
        _ = try server?.head()
        try server?.send("HTTP/1.1 \(answer)\r\n\(answer.hasPrefix("204") ? "" : "Content-Length: 0\r\n")\r\n")
        _ = try client.head()
        Self.refuse(gateway)
        try client.send(Self.get("/a"))
        #expect(try client.head().contains("Hale-Fallback: stale") == isKept)
    }

    @Test func aFailureIsNotPassedOnWhereThereIsAnAnswer() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        var server: Peer?
        let broken = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nbad"
        try Self.serve(client, backend, &server, "/a", "")
        try client.send(Self.get("/b"))
        _ = try server?.head()
        try server?.send(broken)
        #expect(try client.text(broken.utf8.count) == broken)
        try client.send(Self.get("/a"))
        _ = try server?.head()
        try server?.send(broken)
        #expect(try client.head().contains("Hale-Fallback: stale"))
        #expect(try client.text(Self.body.utf8.count) == Self.body)
        gateway.await { $0.http.statuses[4] == 2 && $0.http.fallbacks == [0, 0, 0, 1, 0, 0] }
    }

    @Test func answersAreForgottenWithTheStep() throws {
        let (gateway, backend) = try Self.start()
        defer { gateway.stop() }
        let client = try gateway.client()
        var server: Peer?
        try Self.serve(client, backend, &server, "/a", "")
        #expect(gateway.with { $0.answers.count(of: "web") } == 1)
        gateway.set(.refused, speaking: .http)
        #expect(gateway.with { $0.answers.count(of: "web") } == 0)
    }

    // The pieces

    private static func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: web\r\n\(fields)\r\n"
    }

    private static func serve(
        _ client: Peer, _ backend: Peer, _ server: inout Peer?, _ path: String, _ fields: String, request: String = "",
        body: String = body
    ) throws {
        try client.send(get(path, request))
        if server == nil { server = try backend.accept() }
        let peer = server
        _ = try peer?.head()
        let answer =
            "HTTP/1.1 200 OK\r\nX-Own: 1\r\n\(fields)Connection: X-Hop\r\nX-Hop: 1\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let sender = Thread { try? peer?.send(answer) }
        sender.start()
        _ = try client.head()
        #expect(try client.text(body.utf8.count) == body)
    }

    private static func expectNothing(_ gateway: GatewayFixture, _ client: Peer, _ path: String) throws {
        refuse(gateway)
        try client.send(get(path))
        let head = try client.head()
        #expect(head.hasPrefix("HTTP/1.1 503 "))
        _ = try client.text("web is not available".utf8.count)
    }

    private static func awaitNobody(_ gateway: GatewayFixture) {
        let deadline = Date().addingTimeInterval(20)
        while Date() < deadline, gateway.with({ $0.unsent.isEmpty }) != true { sched_yield() }
        #expect(gateway.with { $0.unsent.isEmpty } == true)
    }

    private static func traffic(_ change: (inout StaleAnswers) -> Void = { _ in }) -> TrafficPolicy {
        var answers = StaleAnswers(age: .seconds(3_600))
        change(&answers)
        var traffic = TrafficPolicy()
        traffic.fallback = [.stale(answers)]
        return traffic
    }

    private static func refuse(_ gateway: GatewayFixture) {
        let entry = gateway.with { $0.routes[0].treatment.kept } ?? nil
        gateway.set(.refused, speaking: .http, traffic: traffic { $0 = entry ?? $0 })
    }

    private static func start(
        _ change: (inout StaleAnswers) -> Void = { _ in }
    ) throws -> (GatewayFixture, Peer) {
        let gateway = try GatewayFixture()
        let backend = try Peer.listening()
        gateway.open(to: backend.port, speaking: .http, traffic: traffic(change))
        return (gateway, backend)
    }
}
