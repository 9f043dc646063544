import Glibc
import Testing

@testable import Control

struct LimitTests {
    private static let host = "Host: localhost\r\n"

    @Test func headersAreBoundedInNumberAndSize() throws {
        let running = try RunningServer()
        let many = String(repeating: "X: y\r\n", count: Router.mostHeaders)
        let answer = try running.ask("GET /livez HTTP/1.1\r\n\(Self.host)\(many)\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 431 "))
        #expect(answer.contains(ProblemDetails.contentType))
        let large = "X: " + String(repeating: "y", count: 40_000) + "\r\n"
        #expect(try isRefused(running.ask("GET /livez HTTP/1.1\r\n\(Self.host)\(large)\r\n"), ["431", "413"]))
        let long = "/livez?" + String(repeating: "y", count: 40_000)
        #expect(try isRefused(running.ask("GET \(long) HTTP/1.1\r\n\(Self.host)\r\n"), ["414", "431"]))
        #expect(try running.ask("GET", "/livez").hasSuffix("ok\n"))
    }

    @Test func bodiesAreBounded() throws {
        let running = try RunningServer()
        let token = try running.tokens.create("deploy", lifetime: nil)
        let headers = ["Authorization: Bearer " + token, "Content-Type: application/json"]
        let said = try running.ask(
            "POST", "/v1/services/redis/stop", headers: headers + ["Content-Length: 65537"], body: "{}")
        #expect(said.hasPrefix("HTTP/1.1 413 "))
        let body = "11000\r\n" + String(repeating: " ", count: 0x11000) + "\r\n0\r\n\r\n"
        let unsaid = try running.ask(
            "POST", "/v1/services/redis/stop", headers: headers + ["Transfer-Encoding: chunked"], body: body)
        #expect(unsaid.hasPrefix("HTTP/1.1 413 "))
        #expect(running.backend.commands.isEmpty)
    }

    @Test(arguments: ["", "GET /livez HT", "GET /livez HTTP/1.1\r\nHost: localhost\r\nX:"])
    func whoStopsInTheMiddleIsCutOff(start: String) throws {
        let running = try RunningServer(limits: HTTPDaemon.Limits(seconds: 1))
        let descriptor = try TestSockets.connect(port: running.port)
        defer { close(descriptor) }
        _ = send(descriptor, start, start.utf8.count, Int32(MSG_NOSIGNAL))
        // Returns when the server closes; its receive limit of 20 s would leave errno at EAGAIN.
        errno = 0
        let received = TestSockets.receiveAll(descriptor)
        #expect(errno != EAGAIN)
        #expect(received.isEmpty || String(decoding: received, as: UTF8.self).hasPrefix("HTTP/1.1 408 "))
    }

    @Test func aCrowdThatAsksNothingKeepsNobodyOut() throws {
        let running = try RunningServer(limits: HTTPDaemon.Limits(crowd: 8))
        let silent = try (0..<30).map { _ in try TestSockets.connect(port: running.port) }
        defer { for descriptor in silent { close(descriptor) } }
        #expect(try running.ask("GET", "/livez").hasSuffix("ok\n"))
        #expect(TestSockets.receiveAll(try #require(silent.first)).isEmpty)
    }

    @Test(arguments: [UInt64](1...10))
    func randomBytesAreSurvived(seed: UInt64) throws {
        let running = try RunningServer()
        var state = seed
        func byte() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        for _ in 0..<30 {
            let noise = (0..<Int(byte()) * 8).map { _ in byte() }
            _ = try TestSockets.exchange(port: running.port, noise)
            let start = Array("POST /v1/services/redis/stop?".utf8)
            _ = try TestSockets.exchange(port: running.port, start + noise + Array("\r\n\r\n".utf8))
        }
        #expect(try running.ask("GET", "/livez").hasSuffix("ok\n"), "seed \(seed)")
        #expect(running.backend.commands.isEmpty)
    }

    /// Whether it was answered with one of those statuses, or not at all.
    private func isRefused(_ answer: String, _ statuses: [String]) -> Bool {
        answer.isEmpty || statuses.contains { answer.hasPrefix("HTTP/1.1 \($0) ") }
    }
}
