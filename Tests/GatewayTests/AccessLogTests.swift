import Foundation
import Stack
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite final class AccessLogTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    private let folder = NSTemporaryDirectory() + "hale-access-\(UUID().uuidString)"

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func start(
        _ application: ApplicationProtocol, _ format: AccessLogPolicy.Format? = .json,
        _ change: (inout TrafficPolicy) -> Void = { _ in }
    ) throws -> (GatewayFixture, Peer) {
        let gateway = try GatewayFixture(accessLogs: folder)
        let backend = try Peer.listening()
        var traffic = TrafficPolicy()
        traffic.accessLog = format.map { AccessLogPolicy(format: $0) }
        change(&traffic)
        gateway.open(to: backend.port, speaking: application, traffic: traffic)
        return (gateway, backend)
    }

    private func text() -> String {
        (try? String(contentsOfFile: folder + "/web.log", encoding: .utf8)) ?? ""
    }

    /// The lines, waited for.
    private func lines(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) throws -> [[String: Any]] {
        let deadline = Date().addingTimeInterval(20)
        while text().split(separator: "\n").count < count, Date() < deadline { sched_yield() }
        let lines = text().split(separator: "\n")
        #expect(lines.count == count, sourceLocation: sourceLocation)
        return try lines.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func aRequestIsALine() throws {
        let (gateway, backend) = try start(.http)
        defer { gateway.stop() }
        let client = try gateway.client()
        let request = "POST /a?b=%20\"c\" HTTP/1.1\r\nHost: web\r\nX-Request-Id: mine\r\nContent-Length: 3\r\n\r\nabc"
        try client.send(request)
        let server = try backend.accept()
        _ = try server.head()
        _ = try server.receive(count: 3)
        try server.send(Self.ok)
        #expect(try client.text(Self.ok.utf8.count) == Self.ok)
        let line = try #require(try lines(1).first)
        #expect(line["service"] as? String == "web" && line["port"] as? Int == 80)
        #expect(line["protocol"] as? String == "http" && line["client"] as? String == "127.0.0.1")
        #expect(line["instance"] as? String == "web-1" && line["request_id"] as? String == "mine")
        #expect(line["method"] as? String == "POST" && line["path"] as? String == "/a?b=%20\"c\"")
        #expect(line["status"] as? Int == 200 && line["outcome"] as? String == "success")
        #expect(line["request_bytes"] as? Int == request.utf8.count)
        #expect(line["response_bytes"] as? Int == Self.ok.utf8.count)
        #expect(line["attempts"] as? Int == 1 && line["held_seconds"] as? Double == 0)
        #expect((line["duration_seconds"] as? Double ?? -1) >= 0)
        #expect(line["reason"] == nil)
        #expect((line["time"] as? String)?.count == 24)
    }

    @Test func aRequestWithoutANameIsLoggedByTheOneItIsGiven() throws {
        let (gateway, backend) = try start(.http)
        defer { gateway.stop() }
        let client = try gateway.client()
        var names: [String] = []
        let server = try { () throws -> Peer in
            try client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n")
            return try backend.accept()
        }()
        for round in 0..<2 {
            if round > 0 { try client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n") }
            let head = try server.head().components(separatedBy: "\r\n")
            names.append(head.first { $0.hasPrefix("X-Request-Id: ") }.map { String($0.dropFirst(14)) } ?? "")
            try server.send(Self.ok)
            _ = try client.text(Self.ok.utf8.count)
        }
        #expect(try lines(2).map { $0["request_id"] as? String } == names)
        #expect(Set(names).count == 2)
    }

    @Test func whatTheGatewayAnswersItselfIsALineToo() throws {
        let (gateway, _) = try start(.http) { $0.bodyLimit = 10 }
        defer { gateway.stop() }
        for request in [
            "GET / HTTP/1.1\r\nHost: web\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "POST /big HTTP/1.1\r\nHost: web\r\nContent-Length: 11\r\n\r\n",
        ] {
            let client = try gateway.client()
            try client.send(request)
            _ = try client.head()
        }
        gateway.set(.refused, speaking: .http, traffic: Self.logging)
        let client = try gateway.client()
        try client.send("GET /r HTTP/1.1\r\nHost: web\r\n\r\n")
        #expect(try client.head().hasPrefix("HTTP/1.1 503 "))
        let lines = try lines(3)
        #expect(lines.map { $0["status"] as? Int } == [400, 413, 503])
        #expect(lines.map { $0["outcome"] as? String } == ["rejected", "rejected", "refused"])
        #expect(lines.map { $0["path"] as? String } == [nil, "/big", "/r"])
        #expect(lines.allSatisfy { $0["reason"] != nil && $0["instance"] == nil && $0["attempts"] as? Int == 0 })
    }

    @Test func aBodyThatMakesNoSenseIsTheClientsFault() throws {
        let (gateway, backend) = try start(.http)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send("POST /c HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        let server = try backend.accept()
        _ = try server.head()
        try client.send("no number\r\n")
        #expect(try client.head().hasPrefix("HTTP/1.1 400 "))
        let line = try #require(try lines(1).first)
        #expect(line["outcome"] as? String == "rejected" && line["path"] as? String == "/c")
        #expect(line["instance"] as? String == "web-1" && line["status"] as? Int == 400)
    }

    private static let logging: TrafficPolicy = {
        var policy = TrafficPolicy()
        policy.accessLog = AccessLogPolicy(format: .json)
        return policy
    }()

    @Test func timeInLineAndAttemptsAreTold() throws {
        let (gateway, backend) = try start(.http)
        defer { gateway.stop() }
        gateway.set(.held, speaking: .http, traffic: Self.logging)
        let client = try gateway.client()
        try client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n")
        gateway.await { $0.held == 1 }
        gateway.open(to: backend.port, speaking: .http, traffic: Self.logging)
        var server: Peer? = try backend.accept()
        _ = try server?.head()
        server = nil
        let second = try backend.accept()
        _ = try second.head()
        try second.send("HTTP/1.1 500 Sorry\r\nContent-Length: 0\r\n\r\n")
        _ = try client.head()
        let line = try #require(try lines(1).first)
        #expect((line["held_seconds"] as? Double ?? 0) > 0)
        #expect(line["attempts"] as? Int == 2 && line["status"] as? Int == 500)
        #expect(line["outcome"] as? String == "failure")
        #expect(line["reason"] as? String == "answers with a status of 5xx")
    }

    @Test func whatClientsGiveUpAndServersBreakOffIsTold() throws {
        let (gateway, backend) = try start(.http)
        defer { gateway.stop() }
        for isServerToBlame in [false, true] {
            var client: Peer? = try gateway.client()
            try client?.send("GET /x HTTP/1.1\r\nHost: web\r\n\r\n")
            var server: Peer? = try backend.accept()
            _ = try server?.head()
            if isServerToBlame {
                try server?.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")
                _ = try client?.head()
                server = nil
            } else {
                client?.resetWhenClosed()
                client = nil
            }
            _ = try lines(isServerToBlame ? 2 : 1)
        }
        let lines = try lines(2)
        #expect(lines.map { $0["outcome"] as? String } == ["cancelled", "truncated"])
        #expect(lines[0]["reason"] as? String == "the client left")
        #expect(lines[1]["status"] as? Int == 200 && lines[1]["reason"] as? String == "an answer broke off")
    }

    @Test func aConnectionIsALineAtItsEnd() throws {
        let (gateway, backend) = try start(.redis)
        defer { gateway.stop() }
        let client = try gateway.client()
        let server = try backend.accept()
        for _ in 0..<2 {
            try client.send("PING\r\n")
            _ = try server.receive(through: "\r\n")
            try server.send("+PONG\r\n")
            _ = try client.receive(through: "\r\n")
        }
        #expect(text().isEmpty)
        client.endOutput()
        server.endOutput()
        let line = try #require(try lines(1).first)
        #expect(line["request_bytes"] as? Int == 12 && line["response_bytes"] as? Int == 14)
        #expect(line["outcome"] as? String == "success" && line["protocol"] as? String == "redis")
        #expect(line["method"] == nil && line["status"] == nil && line["request_id"] == nil)
    }

    @Test func whatIsUnderWayAsTheGatewayEndsIsWrittenDown() throws {
        let (gateway, backend) = try start(.tcp)
        defer { gateway.stop() }
        let client = try gateway.client()
        let server = try backend.accept()
        try client.send("hello")
        _ = try server.receive(count: 5)
        gateway.await { $0.bytesIn == 5 }
        gateway.with { $0.endAccessLogs() }
        let line = try #require(try lines(1).first)
        #expect(line["reason"] as? String == "the gateway ended" && line["request_bytes"] as? Int == 5)
    }

    @Test func logfmtHasTheSameKeys() throws {
        let (gateway, backend) = try start(.http, .logfmt)
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send("GET /a=\"b HTTP/1.1\r\nHost: web\r\n\r\n")
        let server = try backend.accept()
        _ = try server.head()
        try server.send(Self.ok)
        _ = try client.text(Self.ok.utf8.count)
        let deadline = Date().addingTimeInterval(20)
        while text().isEmpty, Date() < deadline { sched_yield() }
        let pairs = try #require(Logfmt.parse(String(text().dropLast())))
        #expect(
            pairs.map(\.key) == [
                "time", "service", "port", "protocol", "client", "instance", "method", "path", "status",
                "request_bytes", "response_bytes", "duration_seconds", "held_seconds", "attempts", "outcome",
                "request_id",
            ])
        #expect(pairs.first { $0.key == "path" }?.value == "/a=\"b")
    }

    /// Turning it on and off is a matter of the next request.
    @Test func itIsOffUntilItIsAskedForAndThenOffAgain() throws {
        let (gateway, backend) = try start(.http, nil)
        defer { gateway.stop() }
        let client = try gateway.client()
        var server: Peer?
        func request(_ path: String) throws {
            try client.send("GET \(path) HTTP/1.1\r\nHost: web\r\n\r\n")
            if server == nil { server = try backend.accept() }
            _ = try server?.head()
            try server?.send(Self.ok)
            _ = try client.text(Self.ok.utf8.count)
        }
        try request("/1")
        gateway.open(to: backend.port, speaking: .http, traffic: Self.logging)
        try request("/2")
        gateway.open(to: backend.port, speaking: .http)
        try request("/3")
        gateway.open(to: backend.port, speaking: .http, traffic: Self.logging)
        try request("/4")
        #expect(try lines(2).map { $0["path"] as? String } == ["/2", "/4"])
    }
}

@Suite final class AccessLogFileTests {
    private let folder = NSTemporaryDirectory() + "hale-access-\(UUID().uuidString)"

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func contents(_ name: String) -> String? {
        try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
    }

    @Test func isPutAsideBeforeItGrowsTooLarge() {
        let file = AccessLogFile(path: folder + "/a/web.log", size: 10, files: 3)
        for line in ["one 1\n", "two 2\n", "three 3 is longer\n", "four\n", "five\n"] {
            #expect(file.append(Array(line.utf8)) == nil)
        }
        #expect(contents("a/web.log") == "four\nfive\n")
        #expect(contents("a/web.log.1") == "three 3 is longer\n")
        #expect(contents("a/web.log.2") == "two 2\n")
        #expect(contents("a/web.log.3") == nil)
    }

    @Test func manyLinesAtOnceAreSpreadOverFiles() {
        let file = AccessLogFile(path: folder + "/web.log", size: 12, files: 10)
        #expect(file.append(Array((1...9).map { "line\($0)\n" }.joined().utf8)) == nil)
        #expect(contents("web.log") == "line9\n")
        #expect(contents("web.log.1") == "line7\nline8\n")
        #expect(contents("web.log.4") == "line1\nline2\n")
    }

    @Test func oneFileIsBegunAnew() {
        let file = AccessLogFile(path: folder + "/web.log", size: 6, files: 1)
        for line in ["one\n", "two\n"] { #expect(file.append(Array(line.utf8)) == nil) }
        #expect(contents("web.log") == "two\n")
        #expect(contents("web.log.1") == nil)
    }

    @Test func whoRemovesTheFileGetsANewOne() {
        let file = AccessLogFile(path: folder + "/web.log", size: 1_000, files: 1)
        _ = file.append(Array("one\n".utf8))
        try? FileManager.default.removeItem(atPath: folder)
        #expect(file.append(Array("two\n".utf8)) == nil)
        #expect(contents("web.log") == "two\n")
    }

    @Test func whatCannotBeWrittenIsCounted() {
        let lost = AccessLogFile(path: "/dev/null/web.log", size: 1_000, files: 1).append(Array("a\nb\n".utf8))
        #expect(lost?.lost == 2 && lost?.code == ENOTDIR)
        // Always full.
        let full = AccessLogFile(path: "/dev/full", size: 1_000, files: 1).append(Array("a\nb\n".utf8))
        #expect(full?.lost == 2 && full?.code == ENOSPC)
    }

    @Test func lossesAreToldOf() {
        let sentences = Mutex<[String]>([])
        let log = AccessLog(folder: "/dev/null") { sentence in sentences.withLock { $0.append(sentence) } }
        let file = log.file(of: "web", LogRotation())
        var now: Int64 = 1
        let deadline = Date().addingTimeInterval(20)
        log.append(to: file, at: now) { room in
            room.copyBytes(from: "a\n".utf8)
            return 2
        }
        while sentences.withLock(\.isEmpty), log.flushAt < .max, Date() < deadline {
            now = log.flushAt
            log.flush(at: now)
            // The thread has a moment for it, and is asked again only while there is something to be asked for.
            if log.flushAt == .max {
                log.append(to: file, at: now) {
                    $0.copyBytes(from: "b\n".utf8); return 2
                }
            }
            sched_yield()
        }
        #expect(sentences.withLock(\.first)?.contains("access logs were lost: cannot write /dev/null/web.log") == true)
        log.finish()
    }

    @Test func aNameDoesNotLeadOutOfTheFolder() {
        let log = AccessLog(folder: folder) { _ in }
        let file = log.file(of: "../../x", LogRotation())
        log.append(to: file, at: 1) { room in
            room.copyBytes(from: "a\n".utf8)
            return 2
        }
        log.finish()
        #expect(contents(".._.._x.log") == "a\n")
    }

    /// A thread that does not keep up costs lines and never the loop.
    @Test func whatComesTooFastIsDropped() {
        let sentences = Mutex<[String]>([])
        let path = folder + "/web.log"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // Whoever opens it waits for a reader.
        #expect(mkfifo(path, 0o600) == 0)
        let log = AccessLog(folder: folder) { sentence in sentences.withLock { $0.append(sentence) } }
        let file = log.file(of: "web", LogRotation())
        for _ in 0..<3 * AccessLog.capacity / 1_000 {
            log.append(to: file, at: 1) { room in
                room.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: "x"))
                room[999] = UInt8(ascii: "\n")
                return 1_000
            }
        }
        log.flush(at: log.flushAt)
        #expect(sentences.withLock(\.first)?.contains("came faster than they could be written") == true)
        // Lets the thread end.
        let reader = open(path, O_RDONLY | O_NONBLOCK)
        close(reader)
        unlink(path)
    }
}
