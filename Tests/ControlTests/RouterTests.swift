import Stack
import Testing

@testable import Control

struct RouterTests {
    private func respond(
        by backend: FakeBackend = FakeBackend(), _ method: String, _ path: String, body: String = "",
        query: [String] = [], hosts: [String] = ["localhost"], origin: String? = nil, length: Int? = nil,
        over transport: RequestHead.Transport = .tcp(localAddress: "127.0.0.1")
    ) -> Response {
        var headers = hosts.map { RequestHead.Header(name: "Host", value: $0) }
        if let origin { headers.append(.init(name: "Origin", value: origin)) }
        if let length { headers.append(.init(name: "Content-Length", value: "\(length)")) }
        var head = RequestHead(
            method: method, path: path, query: query.map { .init(name: $0, value: nil) }, headers: headers,
            transport: transport)
        let router = Router(backend: backend)
        return router.admit(&head) ?? router.answer(head, body: Array(body.utf8))
    }

    private func text(_ response: Response) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test(arguments: ["/status", "/livez", "/readyz", "/version", "/metrics"], ["GET", "HEAD"])
    func whatOnlyReadsIsForEveryone(path: String, method: String) {
        #expect(respond(method, path).status == 200)
        #expect(respond(method, path, over: .unix).status == 200)
    }

    @Test(arguments: ["/v1/commands", "/v1/apply"])
    func changesComeOverTheUnixSocketAlone(path: String) {
        let backend = FakeBackend()
        let response = respond(by: backend, "POST", path, body: #"{"command":"reload"}"#)
        #expect(response.status == 403)
        #expect(response.contentType == "application/problem+json")
        #expect(text(response).contains("unix socket"))
        #expect(backend.commands.isEmpty)
    }

    @Test(arguments: [
        "localhost", "LOCALHOST:10099", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:10099", "10.1.2.3:80",
    ])
    func ownNamesAreAnswered(host: String) {
        #expect(respond("GET", "/status", hosts: [host], over: .tcp(localAddress: "10.1.2.3")).status == 200)
    }

    @Test(arguments: [
        "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.2", "", ":80", "localhost:",
        "localhost:http", "localhost:99999", "[::1", "[::1]x", "[::1]:", "::1", "localhost:80:80", "user@localhost",
    ])
    func strangeNamesAreRefused(host: String) {
        let response = respond("GET", "/status", hosts: [host])
        #expect(response.status == 421)
        #expect(text(response).contains("localhost"))
        #expect(respond("GET", "/status", hosts: [host], over: .unix).status == 200)
    }

    @Test func aRequestNamesOneHostAtTheMost() {
        #expect(respond("GET", "/status", hosts: ["localhost", "evil.example"]).status == 421)
        #expect(respond("GET", "/status", hosts: []).status == 200)
    }

    @Test func pagesOfOthersCannotSendHeartbeats() {
        let backend = FakeBackend()
        let foreign = respond(by: backend, "POST", "/v1/heartbeat/redis-1", origin: "https://evil.example")
        #expect(foreign.status == 403)
        #expect(backend.commands.isEmpty)
        let own = respond(by: backend, "POST", "/v1/heartbeat/redis-1", origin: "http://localhost")
        #expect(own.status == 204)
    }

    @Test(arguments: [
        "", "status", "/status/", "//status", "/v1", "/v1/heartbeat", "/v1/heartbeat/a/b", "/%zz", "/%", "/%f",
        "/%00", "/%ff", "/status%00", "*", "http://evil.example/status",
    ])
    func anUnknownPathListsThoseThereAre(path: String) throws {
        let response = respond("GET", path)
        #expect(response.status == 404)
        let problem = try JSONText.decode(ProblemDetails.self, from: response.body)
        #expect(problem.paths?.contains("/status") == true)
        #expect(problem.status == 404)
    }

    @Test(arguments: [
        ("POST", "/status", "GET, HEAD"), ("GET", "/v1/commands", "POST"), ("BREW", "/livez", "GET, HEAD"),
    ])
    func aWrongMethodIsToldTheRightOnes(method: String, path: String, allowed: String) {
        let response = respond(method, path)
        #expect(response.status == 405)
        #expect(response.headers["Allow"] == allowed)
    }

    @Test func aBodyThatIsTooLongIsRefusedUnread() {
        #expect(respond("POST", "/v1/commands", length: (1 << 20) + 1, over: .unix).status == 413)
        #expect(respond("POST", "/v1/apply", length: (64 << 20) + 1, over: .unix).status == 413)
        #expect(respond("POST", "/v1/heartbeat/redis-1", length: .max).status == 413)
    }

    @Test func readinessFollowsTheStack() {
        let services = [
            "postgres": ServiceStatus.example("postgres", health: .unhealthy, lastError: "connection refused"),
            "redis": .example("redis"),
            "setup": .example("setup", state: .completed, health: .none),
        ]
        let backend = FakeBackend(status: .example(.degraded, services: services))
        #expect(respond(by: backend, "GET", "/readyz").status == 503)
        #expect(text(respond(by: backend, "GET", "/readyz")) == "shop is degraded\n")
        #expect(
            text(respond(by: backend, "GET", "/readyz", query: ["verbose"])) == """
                [-] postgres: running, unhealthy (connection refused)
                [+] redis: running, healthy
                [+] setup: completed, none
                shop is degraded

                """)
        #expect(respond(by: backend, "GET", "/livez").status == 200)
    }

    @Test func heartbeatsReachTheirInstance() {
        let backend = FakeBackend()
        #expect(respond(by: backend, "POST", "/v1/heartbeat/worker-2") == .noContent)
        #expect(respond(by: backend, "POST", "/v1/heartbeat/a%20b-1") == .noContent)
        #expect(respond(by: backend, "POST", "/v1/services/redis/heartbeat") == .noContent)
        #expect(
            backend.commands == [
                .heartbeat(instance: "worker-2"), .heartbeat(instance: "a b-1"), .heartbeat(instance: "redis-1"),
            ])
        #expect(respond(by: backend, "POST", "/v1/services/worker/heartbeat").status == 409)
        #expect(respond(by: backend, "POST", "/v1/services/nothing/heartbeat").status == 404)
        backend.set(reply: .notFound("no instance 'x'"))
        #expect(respond(by: backend, "POST", "/v1/heartbeat/x").status == 404)
    }

    @Test(arguments: [
        ("", "no command"), ("{}", "'command' is missing"), ("[]", "no command"), ("\u{0}", "no command"),
        (#"{"command":"fly"}"#, "'fly' is no command; there are apply, reload"),
        (#"{"command":"stop"}"#, "'service' is missing"),
        (#"{"command":"kill","service":"redis","signal":65}"#, "65 is no signal"),
        (#"{"command":"kill","service":"redis","signal":1e300}"#, "no command"),
        (#"{"command":"stop","service":"redis","grace_seconds":-1}"#, "not between"),
        (#"{"command":"stop","service":"redis","grace_seconds":1e300}"#, "not between"),
        (#"{"command":"maintenance","service":"redis"}"#, "'seconds' is missing"),
        (#"{"command":"pause_healing"}"#, "'seconds' is missing"),
        (String(repeating: "[", count: 100_000), "no command"),
        (String(repeating: #"{"a":"#, count: 100_000), "no command"),
    ])
    func whatIsNoCommandIsToldWhy(body: String, reason: String) {
        let backend = FakeBackend()
        let response = respond(by: backend, "POST", "/v1/commands", body: body, over: .unix)
        #expect(response.status == 400)
        #expect(text(response).contains(reason), "\(text(response))")
        #expect(backend.commands.isEmpty)
    }

    @Test func commandsCanBeWrittenByHand() {
        let backend = FakeBackend()
        let body = #"{"command":"restart","service":"redis","grace_seconds":10}"#
        let response = respond(by: backend, "POST", "/v1/commands", body: body, over: .unix)
        #expect(text(response) == #"{"message":"taken","result":"done"}"# + "\n")
        #expect(backend.commands == [.service("redis", .restart(graceSeconds: 10))])
    }
}
