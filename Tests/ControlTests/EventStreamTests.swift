import Glibc
import Stack
import Testing

@testable import Control

struct EventStreamTests {
    @Test func aReaderGetsWhatHappensFromNowOn() throws {
        let running = try RunningServer()
        running.backend.happen("exited")
        let reader = try StreamReader(running)
        #expect(try reader.next() == "retry: 1000")
        running.backend.happen("started", service: "redis", text: "it\nstarted")
        let lines = try reader.next().split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first == "id: 2")
        #expect(lines.dropFirst().first == "event: started")
        #expect(lines.last?.hasPrefix(#"data: {"id":2,"kind":"started","#) == true)
        #expect(lines.last?.contains(#"it\nstarted"#) == true)
        #expect(reader.head.contains("Content-Type: text/event-stream"))
    }

    @Test func aReaderThatComesBackMissesNothing() throws {
        let running = try RunningServer()
        for _ in 0..<250 { running.backend.happen("exited") }
        let reader = try StreamReader(running, headers: ["Last-Event-ID: 7"])
        #expect(try reader.ids(243) == Array(8...250))
        running.backend.happen("exited")
        #expect(try reader.ids(1) == [251])
        let other = try StreamReader(running, query: "?follow&after=249", accept: "*/*")
        #expect(try other.ids(2) == [250, 251])
    }

    @Test func filtersLeaveOutTheRest() throws {
        let running = try RunningServer()
        let reader = try StreamReader(running, query: "?service=redis")
        _ = try reader.next()
        for _ in 0..<3 { running.backend.happen("exited", service: "worker") }
        let wanted = running.backend.happen("exited", service: "redis")
        #expect(try reader.ids(1) == [wanted])
    }

    @Test func anIdThatWasNeverGivenMissesNothingNew() throws {
        let running = try RunningServer()
        running.backend.happen("exited")
        let reader = try StreamReader(running, headers: ["Last-Event-ID: 5000"])
        _ = try reader.next()
        running.backend.happen("exited")
        #expect(try reader.ids(1) == [2])
    }

    @Test func aWrongIdIsRefused() throws {
        let answer = try RunningServer().ask(
            "GET", "/v1/events", headers: ["Accept: text/event-stream", "Last-Event-ID: x"])
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(answer.contains("Last-Event-ID"))
    }

    @Test func theServersEndEndsStreamsCleanly() throws {
        let running = try RunningServer()
        let reader = try StreamReader(running)
        _ = try reader.next()
        running.server.stop(patience: .seconds(10))
        #expect(try reader.rest().hasSuffix("0\r\n\r\n"))
    }

    @Test func placesAreBoundedAndGivenBack() throws {
        let running = try RunningServer(limits: HTTPDaemon.Limits(streams: 5))
        var readers = try (0..<5).map { _ in try StreamReader(running) }
        for reader in readers { #expect(try reader.next() == "retry: 1000") }
        let refused = try running.ask("GET", "/v1/events?follow")
        #expect(refused.hasPrefix("HTTP/1.1 503 "))
        #expect(refused.contains("Retry-After: 5"))
        #expect(try running.ask("GET", "/livez").hasSuffix("ok\n"))
        let id = running.backend.happen("exited")
        for reader in readers { #expect(try reader.ids(1) == [id]) }
        readers.removeAll()
        // The server sees that they are gone each in its own thread, so the first try may come too early.
        var place: StreamReader?
        for _ in 0..<1000 where place == nil {
            let reader = try StreamReader(running)
            if reader.head.hasPrefix("HTTP/1.1 200 ") { place = reader }
        }
        #expect(try place?.next() == "retry: 1000")
    }

    @Test func aReaderThatDoesNotReadHoldsBackNobody() throws {
        let running = try RunningServer()
        let lazy = try StreamReader(running)
        let eager = try StreamReader(running)
        _ = try eager.next()
        let text = String(repeating: "x", count: 10_000)
        for _ in 0..<2000 { running.backend.happen("exited", text: text) }
        #expect(try eager.ids(2000) == Array(1...2000))
        running.server.stop()
        withExtendedLifetime(lazy) {}
    }

    @Test func aReaderThatDoesNotReadIsCutOff() throws {
        let running = try RunningServer(limits: HTTPDaemon.Limits(seconds: 1, streams: 1))
        let lazy = try StreamReader(running)
        let text = String(repeating: "x", count: 10_000)
        for _ in 0..<2000 { running.backend.happen("exited", text: text) }
        // The only place is free again once the lazy one is gone.
        var place: StreamReader?
        let deadline = ContinuousClock.now + .seconds(30)
        while place == nil, ContinuousClock.now < deadline {
            let reader = try StreamReader(running)
            if reader.head.hasPrefix("HTTP/1.1 200 ") { place = reader }
        }
        #expect(place != nil)
        withExtendedLifetime(lazy) {}
    }

    @Test func silenceIsBroken() throws {
        let running = try RunningServer(limits: HTTPDaemon.Limits(silence: .milliseconds(5)))
        let reader = try StreamReader(running)
        #expect(try reader.next() == "retry: 1000")
        for _ in 0..<3 { #expect(try reader.next() == ": nothing new") }
    }

    @Test func headNeedsNoPlace() throws {
        let running = try RunningServer(limits: HTTPDaemon.Limits(streams: 2))
        for _ in 0..<10 {
            #expect(try running.ask("HEAD", "/v1/events?follow").hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func aBoundEndsAStream() throws {
        let running = try RunningServer()
        for _ in 0..<5 { running.backend.happen("exited") }
        let reader = try StreamReader(running, query: "?after=1&before=4")
        #expect(try reader.ids(2) == [2, 3])
        #expect(try reader.rest().hasSuffix("0\r\n\r\n"))
    }
}

/// Reads server-sent events from a running server.
private final class StreamReader {
    private let descriptor: Int32
    private(set) var head = ""
    private var received = ""
    private var raw = ""

    init(
        _ running: RunningServer, query: String = "", headers: [String] = [], accept: String = "text/event-stream"
    ) throws {
        descriptor = try TestSockets.connect(port: running.port)
        let lines =
            ["GET /v1/events\(query) HTTP/1.1", "Host: localhost", "Accept: \(accept)"] + headers
        let request = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
        try TestSockets.check(Int32(send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))), "send")
        while !raw.contains("\r\n\r\n") { try receive() }
        let end = try #require(raw.firstRange(of: "\r\n\r\n"))
        head = String(raw[..<end.lowerBound])
        raw = String(raw[end.upperBound...])
        dechunk()
    }

    deinit { close(descriptor) }

    /// The next block, without the empty line that ends it.
    func next() throws -> String {
        while true {
            if let end = received.firstRange(of: "\n\n") {
                defer { received = String(received[end.upperBound...]) }
                return String(received[..<end.lowerBound])
            }
            try receive()
            dechunk()
        }
    }

    /// The ids of the next events, comments and greetings left out.
    func ids(_ count: Int) throws -> [Int64] {
        var ids: [Int64] = []
        while ids.count < count {
            let block = try next()
            if block.hasPrefix("id: "), let id = Int64(block.dropFirst(4).prefix { $0 != "\n" }) { ids.append(id) }
        }
        return ids
    }

    /// All that comes until the other end closes, with the chunk that ends it.
    func rest() throws -> String {
        raw + String(decoding: TestSockets.receiveAll(descriptor), as: UTF8.self)
    }

    private func receive() throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw TestSockets.Failure(call: "recv", code: count == 0 ? 0 : errno) }
        raw += String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    /// Moves whole chunks to what was received; everything here is ASCII.
    private func dechunk() {
        while let line = raw.firstRange(of: "\r\n"), let size = Int(raw[..<line.lowerBound], radix: 16), size > 0 {
            let rest = raw[line.upperBound...]
            guard rest.utf8.count >= size + 2 else { return }
            received += rest.prefix(size)
            raw = String(rest.dropFirst(size).drop { $0.isNewline })
        }
    }
}
