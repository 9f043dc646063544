import Stack
import Testing

@testable import Probing

@Suite struct HTTPDialogueTests {
    private func verdict(_ probe: HTTPProbe, _ response: HTTPResponse) -> HTTPStep {
        var check = HTTPCheck(probe)
        return check.next(after: response)
    }

    @Test func asksWhatTheProbeSays() {
        var check = HTTPCheck(
            HTTPProbe(port: 8443, path: "/healthz?full", tls: true, verify: true, method: "HEAD", headers: ["A: b"]))
        var request = HTTPRequest(port: 8443, path: "/healthz?full", method: "HEAD", headers: ["A: b"])
        request.tls = true
        request.verify = true
        #expect(check.next(after: nil) == .ask(request))
    }

    @Test func looksAtTheStatus() {
        #expect(verdict(HTTPProbe(port: 1), HTTPResponse(status: 302)) == .verdict(.passed))
        let down = verdict(HTTPProbe(port: 1), HTTPResponse(status: 503))
        #expect(down == .verdict(.failed("status 503, expected 200-399")))
        let moved = verdict(HTTPProbe(port: 1, statuses: 200...200), HTTPResponse(status: 301))
        #expect(moved == .verdict(.failed("status 301, expected 200")))
    }

    @Test(arguments: ["x-state: ready", "X-State", "X-State:read"])
    func findsAHeader(wanted: String) {
        let response = HTTPResponse(status: 200, headers: ["Server: x", "X-State: ready now"])
        #expect(verdict(HTTPProbe(port: 1, headerContains: wanted), response) == .verdict(.passed))
    }

    @Test(arguments: ["X-State: down", "X-Stat"])
    func missesAHeader(wanted: String) {
        let response = HTTPResponse(status: 200, headers: ["X-State: ready"])
        let expected = HTTPStep.verdict(.failed("header \"\(wanted)\" is missing"))
        #expect(verdict(HTTPProbe(port: 1, headerContains: wanted), response) == expected)
    }

    @Test func looksIntoTheBody() {
        let response = HTTPResponse(status: 200, body: Array("all ststatus: ok".utf8))
        #expect(verdict(HTTPProbe(port: 1, bodyContains: "status: ok"), response) == .verdict(.passed))
        let missing = verdict(HTTPProbe(port: 1, bodyContains: "status: okay"), response)
        #expect(missing == .verdict(.failed("body without \"status: okay\"")))
    }

    @Test func asksOllamaForItsVersionOnly() {
        var check = OllamaCheck(port: 11434, model: nil)
        #expect(check.next(after: nil) == .ask(HTTPRequest(port: 11434, path: "/api/version")))
        let answer = HTTPResponse(status: 200, body: Array(#"{"version":"0.5.1"}"#.utf8))
        #expect(check.next(after: answer) == .verdict(.passed))
    }

    @Test(arguments: [
        ("tinyllama", true), ("tinyllama:latest", true), ("qwen:0.5b", true), ("qwen", false), ("llama", false),
    ])
    func looksForTheModel(model: String, isThere: Bool) {
        var check = OllamaCheck(port: 1, model: model)
        _ = check.next(after: nil)
        let asked = check.next(after: HTTPResponse(status: 200, body: Array(#"{"version":"0.5.1"}"#.utf8)))
        #expect(asked == .ask(HTTPRequest(port: 1, path: "/api/tags", bodyLimit: 1024 * 1024)))
        let tags = #"{"models":[{"name":"tinyllama:latest","size":1},{"name":"qwen:0.5b","details":{}}]}"#
        let verdict = check.next(after: HTTPResponse(status: 200, body: Array(tags.utf8)))
        #expect(verdict == .verdict(isThere ? .passed : .failed("model \(model) is missing")))
    }

    @Test func saysThatItIsNoOllama() {
        for body in ["", "ok", "{}", "[1]", #"{"version":1}"#, String(repeating: "[", count: 60_000)] {
            var check = OllamaCheck(port: 1, model: nil)
            _ = check.next(after: nil)
            let step = check.next(after: HTTPResponse(status: 200, body: Array(body.utf8)))
            #expect(step == .verdict(.failed("not speaking Ollama (/api/version names no version)")))
        }
    }

    @Test func framesTheServiceForGRPC() {
        var check = GRPCHealthCheck(port: 1, service: "a.B")
        guard case .ask(let request) = check.next(after: nil) else {
            Issue.record("asks nothing")
            return
        }
        #expect(request.http2)
        #expect(request.path == "/grpc.health.v1.Health/Check")
        #expect(request.body == [0, 0, 0, 0, 5, 0x0A, 3] + Array("a.B".utf8))
    }

    private func grpc(_ status: String?, _ body: [UInt8]) -> HTTPStep {
        var check = GRPCHealthCheck(port: 1, service: "a.B")
        _ = check.next(after: nil)
        let trailers = status.map { ["grpc-status: \($0)", "grpc-message: why"] } ?? []
        return check.next(
            after: HTTPResponse(status: 200, headers: ["Content-Type: application/grpc+proto"] + trailers, body: body))
    }

    @Test func readsTheServingStatus() {
        #expect(grpc("0", [0, 0, 0, 0, 2, 8, 1]) == .verdict(.passed))
        #expect(grpc("0", [0, 0, 0, 0, 5, 0x12, 1, 0x41, 8, 1]) == .verdict(.passed))
        #expect(grpc("0", [0, 0, 0, 0, 2, 8, 2]) == .verdict(.failed("serving status NOT_SERVING")))
        #expect(grpc("0", [0, 0, 0, 0, 0]) == .verdict(.failed("serving status UNKNOWN")))
        #expect(grpc("5", []) == .verdict(.failed("service \"a.B\" is unknown to the server")))
        #expect(grpc("12", []) == .verdict(.failed("the server has no gRPC health service")))
        #expect(grpc("13", []) == .verdict(.failed("gRPC status 13 (why)")))
        #expect(grpc(nil, []) == .verdict(.failed("not speaking gRPC (no grpc-status)")))
    }

    @Test(
        arguments: [
            [], [0], [1, 0, 0, 0, 2, 8, 1], [0, 0xFF, 0xFF, 0xFF, 0xFF, 8], [0, 0, 0, 0, 1, 8],
            [0, 0, 0, 0, 2, 0x12, 0x7F], [0, 0, 0, 0, 2, 0x0F, 1],
            [0, 0, 0, 0, 11, 8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        ] as [[UInt8]])
    func refusesAMalformedHealthAnswer(body: [UInt8]) {
        #expect(grpc("0", body) == .verdict(.failed("not speaking gRPC health (malformed answer)")))
    }
}
