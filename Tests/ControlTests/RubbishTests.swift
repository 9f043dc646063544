import Glibc
import Stack
import Testing

@testable import Control

/// Whatever arrives, the server goes on answering.
@Suite(.serialized) struct RubbishTests {
    private static let host = "Host: localhost\r\n"
    private static let rubbish: [String] = [
        "", "\r\n\r\n", "\u{0}\u{0}\u{0}\u{0}\r\n\r\n", "GET\r\n\r\n", "GET /status\r\n\r\n",
        "GET /status HTTP/9.9\r\n\r\n",
        "GET /status HTTP/1.1\r\n\r\n", "GET /%zz%%%\u{1}?%zz=%&&==& HTTP/1.1\r\n\(host)\r\n",
        "GET /" + String(repeating: "a", count: 100_000) + " HTTP/1.1\r\n\(host)\r\n",
        "GET /status?" + String(repeating: "a&", count: 10_000) + " HTTP/1.1\r\n\(host)\r\n",
        "GET /status HTTP/1.1\r\n\(host)" + String(repeating: "X: y\r\n", count: 20_000) + "\r\n",
        "GET /status HTTP/1.1\r\n\(host)X: " + String(repeating: "y", count: 1_000_000) + "\r\n\r\n",
        "GET /status HTTP/1.1\r\n\(host)no colon here\r\n\r\n", "GET /status HTTP/1.1\r\n: empty\r\n\(host)\r\n",
        String(repeating: "M", count: 50_000) + " /status HTTP/1.1\r\n\(host)\r\n",
        "POST /v1/heartbeat/x HTTP/1.1\r\n\(host)Content-Length: -1\r\n\r\n",
        "POST /v1/heartbeat/x HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999999\r\n\r\n",
        "POST /v1/heartbeat/x HTTP/1.1\r\n\(host)Content-Length: abc\r\n\r\n",
        "POST /v1/heartbeat/x HTTP/1.1\r\n\(host)Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        "POST /v1/heartbeat/x HTTP/1.1\r\n\(host)Content-Length: 500\r\n\r\nshort",
        "POST /v1/heartbeat/x HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        "POST /v1/heartbeat/x HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello",
        "POST /v1/heartbeat/x HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
        "POST /v1/heartbeat/x HTTP/1.1\r\n\(host)Transfer-Encoding: gzip, chunked, \u{7}\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "POST /v1/commands HTTP/1.1\r\n\(host)Expect: 100-continue\r\nContent-Length: 10\r\n\r\n",
    ]

    private func isWell(_ running: RunningServer) throws -> Bool {
        try running.ask("GET", "/livez").hasSuffix("ok\n") && running.client.get("/livez") == "ok\n"
    }

    @Test func strangeRequestsAreSurvived() throws {
        let running = try RunningServer()
        for request in Self.rubbish {
            _ = try running.ask(request)
            _ = try running.ask(String(request.prefix(request.count / 2)))
        }
        #expect(try isWell(running))
    }

    @Test(arguments: [UInt64](1...20))
    func damagedRequestsAreSurvived(seed: UInt64) throws {
        let running = try RunningServer()
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            var bytes = Array((Self.rubbish.filter { $0.utf8.count < 5000 }.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...8, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try TestSockets.exchange(port: running.port, bytes)
        }
        #expect(try isWell(running), "seed \(seed)")
    }

    @Test func aChunkedBodyWithoutEndIsCutOff() throws {
        let running = try RunningServer()
        let chunk = "10000\r\n" + String(repeating: "x", count: 0x10000) + "\r\n"
        let head = "POST /v1/heartbeat/x HTTP/1.1\r\n\(Self.host)Transfer-Encoding: chunked\r\n\r\n"
        let answer = try running.ask(head + String(repeating: chunk, count: 20) + "0\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 413 "))
        _ = try running.ask(head + String(repeating: chunk, count: 200))
        #expect(running.backend.commands.isEmpty)
        #expect(try isWell(running))
    }

    @Test func tenThousandConnectionsAreSurvived() throws {
        let running = try RunningServer()
        for round in 0..<40 {
            let open = (0..<250).compactMap { _ in try? TestSockets.connect(port: running.port) }
            if round % 2 == 0 {
                for descriptor in open { _ = send(descriptor, "GET /sta", 8, Int32(MSG_NOSIGNAL)) }
            }
            let isAnswering = (0..<20).contains { _ in (try? isWell(running)) == true }
            #expect(isAnswering, "with \(open.count) silent connections")
            for descriptor in open { close(descriptor) }
        }
        #expect(try isWell(running))
    }
}
