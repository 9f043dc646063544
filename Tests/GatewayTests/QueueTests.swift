import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

/// Requests that are kept while `web` cannot take them.
@Suite struct QueueTests {
    @Test func aRequestIsKeptAndDeliveredAsItCame() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.refuse()
        let (head, body) = try rig.ask(QueueRig.post("tea", to: "/orders?a=b", "X-Own: 7\r\n"))
        #expect(head.hasPrefix("HTTP/1.1 202 Accepted\r\n"))
        for line in ["Hale-Fallback: queue", "Content-Type: application/json", "Retry-After: 10"] {
            #expect(head.contains("\r\n\(line)\r\n"), "\(line)")
        }
        let url = try #require(QueueRig.field("Location", head))
        let id = String(url.dropFirst("/.well-known/hale/tickets/".count))
        #expect(id.count == 32)
        for part in ["\"ticket\":\"\(id)\"", "\"url\":\"\(url)\"", "\"state\":\"queued\""] {
            #expect(body.contains(part))
        }
        rig.open()
        let request = try rig.serve()
        #expect(request.head.hasPrefix("POST /orders?a=b HTTP/1.1\r\nHost: web\r\n") && request.body == "tea")
        for line in ["X-Own: 7", "Idempotency-Key: \(id)", "Hale-Delivery-Attempt: 1", "X-Forwarded-For: 127.0.0.1"] {
            #expect(request.head.contains("\r\n\(line)\r\n"), "\(line) in \(request.head)")
        }
        try rig.await(url, .delivered)
        rig.gateway.await {
            $0.queue?.accepted == 1 && $0.queue?.delivered == 1 && $0.queue?.tickets == [0, 0, 1, 0, 0]
                && $0.http.fallbacks == [0, 0, 0, 0, 1, 0]
        }
    }

    @Test func theTicketHasTheAnswer() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.refuse()
        let url = try rig.enqueue(QueueRig.post("tea"))
        #expect(try rig.ask("GET \(url)/response HTTP/1.1\r\nHost: web\r\n\r\n").head.hasPrefix("HTTP/1.1 404 "))
        rig.open()
        try rig.serve(
            "HTTP/1.1 201 Created\r\nX-Own: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\ndone\r\n0\r\n\r\n"
        )
        try rig.await(url, .delivered)
        let response = try #require(try rig.ticket(url)["response"] as? [String: Any])
        #expect(response["status"] as? Int == 201 && response["bytes"] as? Int == 4)
        #expect(response["url"] as? String == url + "/response")
        let (head, body) = try rig.ask("GET \(url)/response HTTP/1.1\r\nHost: web\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 201 Created\r\n") && body == "done")
        #expect(head.contains("\r\nX-Own: 1\r\n") && head.contains("\r\nHale-Fallback: queue\r\n"))
        #expect(!head.contains("chunked"))
    }

    @Test func aLongAnswerIsGivenWholeAndATooLongOneIsNot() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.refuse()
        let urls = try [1 << 20, (1 << 20) + 1].map { length in
            let url = try rig.enqueue(QueueRig.post("\(length)"))
            return (url, String(repeating: "x", count: length))
        }
        rig.open()
        for (url, body) in urls {
            try rig.serve("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: \(body.count)\r\n\r\n\(body)")
            try rig.await(url, .delivered)
        }
        let (whole, body) = try rig.ask("GET \(urls[0].0)/response HTTP/1.1\r\nHost: web\r\n\r\n")
        #expect(whole.hasPrefix("HTTP/1.1 200 ") && body == urls[0].1)
        let response = try #require(try rig.ticket(urls[1].0)["response"] as? [String: Any])
        #expect(response["url"] == nil && response["bytes"] as? Int == (1 << 20) + 1)
        #expect(response["note"] as? String == "its body is too large to be kept")
        #expect(try rig.ask("GET \(urls[1].0)/response HTTP/1.1\r\nHost: web\r\n\r\n").head.hasPrefix("HTTP/1.1 410 "))
    }

    @Test func theOrderIsThatOfArrival() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.refuse()
        let bodies = (0..<20).map { "order \($0)" }
        for body in bodies { _ = try rig.enqueue(QueueRig.post(body)) }
        rig.open()
        #expect(try bodies.map { _ in try rig.serve().body } == bodies)
    }

    @Test func anotherGatewayGoesOnWithThem() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.refuse()
        let bodies = ["a", "b"]
        let urls = try bodies.map { try rig.enqueue(QueueRig.post($0)) }
        try rig.restart()
        rig.refuse()
        try rig.await(urls[0], .queued)
        rig.open()
        #expect(try bodies.map { _ in try rig.serve().body } == bodies)
        for url in urls { try rig.await(url, .delivered) }
    }

    @Test func whatAGatewayDiedOverIsDeliveredAgain() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.refuse()
        let url = try rig.enqueue(QueueRig.post("tea", "Idempotency-Key: own\r\n"))
        rig.open()
        let first = try rig.backend.accept()
        #expect(try QueueRig.answer(to: first).head.contains("\r\nHale-Delivery-Attempt: 1\r\n"))
        try rig.restart()
        rig.open()
        let second = try rig.serve()
        #expect(second.body == "tea" && second.head.contains("\r\nHale-Delivery-Attempt: 2\r\n"))
        #expect(second.head.contains("\r\nIdempotency-Key: own\r\n"))
        try rig.await(url, .delivered)
        #expect(try rig.ticket(url)["attempts"] as? Int == 2)
    }

    @Test(arguments: ["HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", ""])
    func aFailureIsTriedAgain(answer: String) throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.traffic.retry.attempts = 1
        rig.refuse()
        let url = try rig.enqueue(QueueRig.post("tea"))
        rig.open()
        try rig.serve(answer)
        let again = try rig.serve()
        #expect(again.body == "tea" && again.head.contains("\r\nHale-Delivery-Attempt: 2\r\n"))
        try rig.await(url, .delivered)
        rig.gateway.await { $0.queue?.delivered == 1 && $0.queue?.failed == 0 }
    }

    @Test func thereAreAsManyAttemptsAsThereMayBe() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.queue.attempts = 1
        rig.refuse()
        let url = try rig.enqueue(QueueRig.post("tea"))
        rig.open()
        try rig.serve("HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 3\r\n\r\nwhy")
        try rig.await(url, .failed)
        #expect(try rig.ticket(url)["reason"] as? String == "answered with 500")
        #expect(try rig.ask("GET \(url)/response HTTP/1.1\r\nHost: web\r\n\r\n").body == "why")
        rig.gateway.await { $0.queue?.failed == 1 && $0.queue?.tickets == [0, 0, 0, 1, 0] }
    }

    @Test func oneAndTheSameHasOneTicket() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.refuse()
        let first = try rig.enqueue(QueueRig.post("tea", "Idempotency-Key: 1\r\n"))
        #expect(try rig.enqueue(QueueRig.post("tea", "Idempotency-Key: 1\r\n")) == first)
        for other in [
            QueueRig.post("tea", "Idempotency-Key: 2\r\n"), QueueRig.post("tea"),
            QueueRig.post("tea", to: "/other", "Idempotency-Key: 1\r\n"),
            QueueRig.post("tea", "Authorization: Basic x\r\nIdempotency-Key: 1\r\n"),
        ] { #expect(try rig.enqueue(other) != first) }
        rig.gateway.await { $0.queue?.accepted == 5 }
    }

    @Test func oneThatWaitsMayBeWithdrawn() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.refuse()
        let urls = try ["a", "b"].map { try rig.enqueue(QueueRig.post($0)) }
        let (head, body) = try rig.ask("DELETE \(urls[0]) HTTP/1.1\r\nHost: web\r\n\r\n")
        #expect(head.hasPrefix("HTTP/1.1 200 ") && body.contains("\"state\":\"withdrawn\""))
        #expect(try rig.ask("GET \(urls[0]) HTTP/1.1\r\nHost: web\r\n\r\n").head.hasPrefix("HTTP/1.1 404 "))
        rig.open()
        #expect(try rig.serve().body == "b")
        try rig.await(urls[1], .delivered)
        #expect(try rig.ask("DELETE \(urls[1]) HTTP/1.1\r\nHost: web\r\n\r\n").head.hasPrefix("HTTP/1.1 409 "))
    }

    @Test func ticketsThatThereAreNot() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.refuse()
        let url = try rig.enqueue(QueueRig.post("a"))
        for path in [url.dropLast() + "g", url + "0", url + "/", url + "/response/", "/.well-known/hale/tickets/"] {
            #expect(try rig.ask("GET \(path) HTTP/1.1\r\nHost: web\r\n\r\n").head.hasPrefix("HTTP/1.1 404 "), "\(path)")
        }
        let other = try rig.ask("PUT \(url) HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n").head
        #expect(other.hasPrefix("HTTP/1.1 405 ") && other.contains("\r\nAllow: GET, HEAD, DELETE\r\n"))
        // A client may ask many things of one connection.
        let client = try rig.gateway.client()
        try client.send("HEAD \(url) HTTP/1.1\r\nHost: web\r\n\r\nGET \(url) HTTP/1.1\r\nHost: web\r\n\r\n")
        let head = try client.head()
        #expect(head.hasPrefix("HTTP/1.1 200 ") && QueueRig.field("Content-Length", head) != "0")
        #expect(try QueueRig.answer(to: client).body.contains("\"state\":\"queued\""))
    }

    @Test func whoWaitsForAnAnswerComesFirst() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.traffic.load.concurrency = .fixed(1)
        rig.refuse()
        _ = try rig.enqueue(QueueRig.post("later"))
        rig.gateway.set(.held, speaking: .http, traffic: rig.traffic)
        let client = try rig.gateway.client()
        try client.send("GET /now HTTP/1.1\r\nHost: web\r\n\r\n")
        rig.gateway.await { $0.held == 1 }
        rig.open()
        #expect(try rig.serve().head.hasPrefix("GET /now "))
        #expect(try rig.serve().head.hasPrefix("POST /orders "))
    }

    @Test func withoutTheStepNothingIsDeliveredAndNothingIsLost() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.refuse()
        let url = try rig.enqueue(QueueRig.post("later"))
        rig.backend.startListening()
        rig.gateway.open(to: rig.backend.port, speaking: .http)
        // Whoever comes now is served by the service, ticket or not.
        let client = try rig.gateway.client()
        try client.send("GET \(url) HTTP/1.1\r\nHost: web\r\n\r\n")
        #expect(try rig.serve().head.hasPrefix("GET \(url) "))
        #expect(try client.head().hasPrefix("HTTP/1.1 200 "))
        rig.gateway.await { $0.queue == nil }
        rig.open()
        #expect(try rig.serve().body == "later")
        try rig.await(url, .delivered)
    }
}
