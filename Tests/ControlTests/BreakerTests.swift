import Stack
import Testing

@testable import Control

struct BreakerTests {
    private static let services: [String: ServiceStatus] = [
        "redis": .example("redis"),
        "worker": .example(
            "worker", instances: 2, breakers: [.example("worker-1", .closed), .example("worker-2", .open)]),
    ]

    private func backend(_ reply: ControlReply = .done("taken")) -> FakeBackend {
        FakeBackend(status: .example(services: Self.services), reply: reply)
    }

    private func respond(
        by backend: FakeBackend, _ method: String, _ path: String, _ query: [(String, String?)] = [],
        over transport: RequestHead.Transport = .unix, body: String = ""
    ) -> Response {
        var head = RequestHead(
            method: method, path: path, query: query.map { .init(name: $0.0, value: $0.1) },
            headers: [
                .init(name: "Host", value: "localhost"), .init(name: "Content-Length", value: "\(body.utf8.count)"),
                .init(name: "Content-Type", value: "application/json"),
            ], transport: transport, peer: "root")
        let router = Router(backend: backend)
        return router.admit(&head) ?? router.answer(head, body: Array(body.utf8))
    }

    private func list(_ response: Response) throws -> [BreakerStatus] {
        try JSONText.decode(BreakerList.self, from: response.body).breakers
    }

    private func text(_ response: Response) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test func allAreListedAndThoseOfAServiceOrAnInstance() throws {
        #expect(try list(respond(by: backend(), "GET", "/v1/breakers")).map(\.instance) == ["worker-1", "worker-2"])
        #expect(try list(respond(by: backend(), "GET", "/v1/breakers/worker")).count == 2)
        #expect(
            try list(respond(by: backend(), "GET", "/v1/breakers/worker-2")) == [.example("worker-2", .open)])
        #expect(try list(respond(by: backend(), "GET", "/v1/breakers/redis")).isEmpty)
    }

    @Test func aBreakerIsWrittenInTheApisWords() {
        let text = text(respond(by: backend(), "GET", "/v1/breakers/worker-2"))
        for words in [
            #""state":"open""#, #""open_until":"2026-01-31T10:00:05.250Z""#, #""failure_rate":0.5"#,
            #""slow_call_rate":0.25"#, #""trips":2"#, #""rejections":7"#, #""successes":40"#, #""failures":9"#,
            #""slow_calls":3"#, #""last_failure":"connection refused""#, #""port":6379"#,
        ] {
            #expect(text.contains(words), "\(words)")
        }
    }

    @Test(arguments: [("GET", ""), ("POST", "/open"), ("POST", "/close"), ("POST", "/reset")])
    func anUnknownNameIsToldTheNearest(method: String, suffix: String) {
        let backend = backend()
        let response = respond(by: backend, method, "/v1/breakers/worker-3" + suffix)
        #expect(response.status == 404)
        #expect(response.contentType == ProblemDetails.contentType)
        #expect(text(response).contains("did you mean 'worker"))
        #expect(backend.commands.isEmpty)
    }

    @Test(arguments: [("open", BreakerAction.open), ("close", .close), ("reset", .reset)])
    func anActionIsTaken(verb: String, action: BreakerAction) {
        let backend = backend()
        let response = respond(by: backend, "POST", "/v1/breakers/worker-2/" + verb)
        #expect(response.status == 202)
        #expect(text(response).contains(#""result":"accepted""#))
        #expect(backend.commands == [.breaker("worker-2", action)])
        #expect(backend.actors == ["root"])
    }

    @Test func whatIsSoAlreadyIsSaidToBe() {
        let closed = respond(by: backend(), "POST", "/v1/breakers/worker-1/close")
        #expect(closed.status == 200)
        #expect(text(closed).contains(#""result":"unchanged""#))
        let none = respond(by: backend(), "POST", "/v1/breakers/redis/open")
        #expect(none.status == 200)
        #expect(text(none).contains("redis has no breaker"))
        let forced = ServiceStatus.example("worker", breakers: [.example("worker-1", .forcedOpen)])
        let kept = FakeBackend(status: .example(services: ["worker": forced]))
        #expect(respond(by: kept, "POST", "/v1/breakers/worker/open").status == 200)
        #expect(respond(by: kept, "POST", "/v1/breakers/worker/close").status == 202)
    }

    @Test func aDryRunDoesNothing() {
        let backend = backend()
        let response = respond(by: backend, "POST", "/v1/breakers/worker/open", [("dry_run", nil)])
        #expect(response.status == 200)
        #expect(text(response).contains(#""message":"would keep calls away from worker"#))
        #expect(text(response).contains(#""result":"planned""#))
        #expect(backend.commands.isEmpty)
    }

    @Test func aChangeOverTCPNeedsATokenAndReadingNone() {
        let tcp = RequestHead.Transport.tcp(localAddress: "127.0.0.1")
        let backend = backend()
        #expect(respond(by: backend, "GET", "/v1/breakers", over: tcp).status == 200)
        #expect(respond(by: backend, "POST", "/v1/breakers/worker/open", over: tcp).status == 401)
        #expect(backend.commands.isEmpty)
    }

    @Test(arguments: [(ControlReply.notFound("gone"), 404), (.refused("no"), 409), (.failed("no gateway"), 503)])
    func whatTheHealerRefusesIsAProblem(reply: ControlReply, status: Int) {
        let response = respond(by: backend(reply), "POST", "/v1/breakers/worker/open")
        #expect(response.status == status)
        #expect(response.contentType == ProblemDetails.contentType)
    }

    @Test func aWrongBodyIsToldWhy() {
        let response = respond(by: backend(), "POST", "/v1/breakers/worker/open", body: #"{"x":1}"#)
        #expect(response.status == 400)
        #expect(text(response).contains("no field 'x'"))
    }

    @Test func theStatusHasTheWorstAndEachInstanceItsOwn() throws {
        let response = respond(by: backend(), "GET", "/v1/services/worker")
        #expect(text(response).contains(#""breaker":"open""#))
        #expect(!text(respond(by: backend(), "GET", "/v1/services/redis")).contains("breaker"))
        let status = try JSONText.decode(
            StackStatus.self, from: respond(by: backend(), "GET", "/status").body)
        #expect(status == .example(services: Self.services))
        #expect(status.services["worker"]?.instances.last?.breakers?.map(\.state) == [.open])
    }

    @Test(arguments: [
        ([BreakerState.closed, .disabled], BreakerState.closed), ([.closed, .halfOpen], .halfOpen),
        ([.open, .halfOpen], .open), ([.open, .forcedOpen], .forcedOpen), ([.metricsOnly, .disabled], .metricsOnly),
    ])
    func theWorstIsWhatKeepsMostCallsAway(states: [BreakerState], worst: BreakerState) {
        let breakers = states.map { BreakerStatus.example("web-1", $0) }
        #expect(ServiceStatus.example("web", breakers: breakers).breaker == worst)
    }

    @Test(arguments: BreakerAction.allCases)
    func commandsAreReadAsTheyAreWritten(action: BreakerAction) throws {
        let command = ControlCommand.breaker("web-1", action)
        let text = String(decoding: try JSONText.encode(command), as: UTF8.self)
        #expect(text.contains(#""command":"\#(action.rawValue)_breaker""#))
        #expect(try JSONText.decode(ControlCommand.self, from: Array(text.utf8)) == command)
    }
}
