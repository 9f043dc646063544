import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

/// Requests that `web` does not keep: the next step of the chain answers them.
@Suite struct QueueRefusalTests {
    private static let sorry = "HTTP/1.1 418 "

    private func expectNext(
        _ rig: QueueRig, _ request: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (head, body) = try rig.ask(request)
        #expect(head.hasPrefix(Self.sorry) && body == "sorry", "\(head)\(body)", sourceLocation: sourceLocation)
    }

    @Test(
        arguments: [
            "GET /orders HTTP/1.1\r\nHost: web\r\n\r\n", "DELETE /orders HTTP/1.1\r\nHost: web\r\n\r\n",
            "POST /other HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n",
            "POST /orders HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
            "POST /orders HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 0\r\n\r\n",
            "POST /orders HTTP/1.1\r\nHost: web\r\nContent-Length: 1048577\r\n\r\n",
        ])
    func whatIsNotForTheQueue(request: String) throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.queue.methods = ["POST"]
        rig.queue.paths = ["/orders"]
        rig.refuse()
        try expectNext(rig, request)
        _ = try rig.enqueue(QueueRig.post("tea", to: "/orders/7"))
    }

    @Test(arguments: [60_000, 70_000, 1 << 20])
    func aBodyIsWaitedFor(length: Int) throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.refuse()
        let body = String((0..<length).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })
        _ = try rig.enqueue(QueueRig.post(body))
        rig.open()
        #expect(try rig.serve().body == body)
    }

    @Test func chunksAreKeptAsTheyCame() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.queue.body = 100_000
        rig.refuse()
        let chunk = "8000\r\n" + String(repeating: "x", count: 0x8000) + "\r\n"
        let head = "POST /orders HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n"
        let url = try rig.enqueue(head + chunk + chunk + "0\r\n\r\n")
        // Of what has no length it is known in the end that it is too long.
        let client = try rig.gateway.client()
        try client.send(head + chunk + chunk + chunk + chunk)
        #expect(try client.head().hasPrefix(Self.sorry))
        rig.open()
        let peer = try rig.backend.accept()
        #expect(try peer.head().contains("\r\nTransfer-Encoding: chunked\r\n"))
        #expect(try peer.text((chunk + chunk + "0\r\n\r\n").count) == chunk + chunk + "0\r\n\r\n")
        try peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        try rig.await(url, .delivered)
    }

    @Test func wrongChunksAreNeitherKeptNorDelivered() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.refuse()
        let client = try rig.gateway.client()
        try client.send("POST /orders HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        try client.send("zz\r\n")
        #expect(try client.head().hasPrefix("HTTP/1.1 400 "))
        rig.gateway.await { $0.queue?.accepted == 0 }
    }

    @Test func aClientThatLeavesInTheMiddleHasAskedForNothing() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.refuse()
        do {
            let client = try rig.gateway.client()
            try client.send("POST /orders HTTP/1.1\r\nHost: web\r\nContent-Length: 9\r\n\r\nhalf")
            client.endOutput()
            #expect(try client.receiveAll().isEmpty)
        }
        let url = try rig.enqueue(QueueRig.post("whole"))
        rig.open()
        #expect(try rig.serve().body == "whole")
        try rig.await(url, .delivered)
        rig.gateway.await { $0.queue?.accepted == 1 }
    }

    @Test func whatWasSentAndMustNotBeRepeatedIsNotKept() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.open()
        let client = try rig.gateway.client()
        try client.send(QueueRig.post("tea"))
        // It may have been done.
        try rig.serve("")
        #expect(try QueueRig.answer(to: client).body == "sorry")
        // This may be done twice.
        try client.send(QueueRig.post("tea", "Idempotency-Key: 1\r\n"))
        for _ in 0..<3 { try rig.serve("") }
        #expect(try client.head().hasPrefix("HTTP/1.1 202 "))
    }

    @Test func aServiceThatIsOverloadedHasItLater() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.open()
        let no = "HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        let client = try rig.gateway.client()
        try client.send(QueueRig.post("tea"))
        try rig.serve(no)
        // What may have done something is not sent again: the service's own word counts.
        #expect(try client.head().hasPrefix("HTTP/1.1 503 No"))
        let other = try rig.gateway.client()
        try other.send(QueueRig.post("tea", "Idempotency-Key: 1\r\n"))
        try rig.serve(no)
        #expect(try other.head().hasPrefix("HTTP/1.1 202 "))
        let third = try rig.gateway.client()
        try third.send("PUT /a HTTP/1.1\r\nHost: web\r\nIdempotency-Key: 2\r\nContent-Length: 0\r\n\r\n")
        var served = try rig.serve("HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        // It may be the one before it that is delivered meanwhile.
        if served.head.hasPrefix("POST") {
            served = try rig.serve("HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        }
        #expect(served.head.hasPrefix("PUT /a "))
        #expect(try third.head().hasPrefix("HTTP/1.1 500 No"))
    }

    @Test func aFullQueueTakesNoMore() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.queue.count = 2
        rig.refuse()
        for body in ["a", "b"] { _ = try rig.enqueue(QueueRig.post(body)) }
        try expectNext(rig, QueueRig.post("c"))
        rig.gateway.await { $0.queue?.refused == 1 && $0.queue?.accepted == 2 }
        rig.open()
        #expect(try rig.serve().body == "a")
        #expect(try rig.serve().body == "b")
    }

    @Test func withoutADiskNothingIsAccepted() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        // A file in the place of the folder.
        try Data().write(to: URL(filePath: rig.folder))
        rig.refuse()
        try expectNext(rig, QueueRig.post("a"))
        rig.gateway.await { $0.queue?.refused == 1 && $0.queue?.accepted == 0 }
    }

    @Test func aStackThatKeepsNothingHasNoTickets() throws {
        let rig = try QueueRig()
        defer { rig.gateway.stop() }
        rig.backend.startListening()
        rig.gateway.open(to: rig.backend.port, speaking: .http)
        let client = try rig.gateway.client()
        try client.send("GET /.well-known/hale/tickets/1 HTTP/1.1\r\nHost: web\r\n\r\n")
        #expect(try rig.serve().head.hasPrefix("GET /.well-known/hale/tickets/1 "))
        #expect(try client.head().hasPrefix("HTTP/1.1 200 "))
    }
}
