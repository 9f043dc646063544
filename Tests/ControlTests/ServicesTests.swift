import Stack
import Testing

@testable import Control

struct ServicesTests {
    private func respond(
        by backend: FakeBackend = FakeBackend(), _ method: String, _ path: String, _ query: [(String, String?)] = [],
        body: String = "", type: String? = "application/json"
    ) -> Response {
        var headers = [RequestHead.Header(name: "Content-Length", value: "\(body.utf8.count)")]
        if let type { headers.append(.init(name: "Content-Type", value: type)) }
        var head = RequestHead(
            method: method, path: path, query: query.map { .init(name: $0.0, value: $0.1) }, headers: headers,
            transport: .unix, peer: "root")
        let router = Router(backend: backend)
        return router.admit(&head) ?? router.answer(head, body: Array(body.utf8))
    }

    private func text(_ response: Response) -> String { String(decoding: response.body, as: UTF8.self) }

    private func backend(_ service: ServiceStatus) -> FakeBackend {
        FakeBackend(status: .example(.degraded, services: ["redis": service]))
    }

    @Test func servicesAreListedByName() {
        let response = respond("GET", "/v1/services")
        #expect(response.status == 200)
        #expect(text(response).contains(#""name":"redis""#))
        #expect(text(response).contains(#""last_error":null"#))
    }

    @Test func oneServiceHasItsName() {
        #expect(text(respond("GET", "/v1/services/worker")).contains(#""name":"worker""#))
        #expect(text(respond("GET", "/v1/services/worker/explanation")).contains("it is running"))
    }

    @Test(arguments: ["", "/explanation"])
    func anUnknownServiceIsToldTheNearest(suffix: String) {
        let response = respond("GET", "/v1/services/rediss" + suffix)
        #expect(response.status == 404)
        #expect(text(response).contains("did you mean 'redis'?"))
    }

    @Test(arguments: [
        ("stop", "", ServiceAction.stop(graceSeconds: nil)),
        ("stop", #"{"grace_seconds":2.5}"#, .stop(graceSeconds: 2.5)),
        ("restart", "{}", .restart(graceSeconds: nil)), ("kill", "", .kill(signal: 9)),
        ("kill", #"{"signal":15}"#, .kill(signal: 15)), ("pause", "", .pause),
        ("maintenance", #"{"for_seconds":1800}"#, .maintenance(seconds: 1800)),
    ])
    func whatChangesSomethingIsAccepted(verb: String, body: String, action: ServiceAction) {
        let backend = FakeBackend()
        let response = respond(by: backend, "POST", "/v1/services/redis/" + verb, body: body)
        #expect(response.status == 202)
        #expect(text(response).contains(#""result":"accepted""#))
        #expect(backend.commands == [.service("redis", action)])
        #expect(backend.actors == ["root"])
    }

    @Test(arguments: [
        ("start", "redis runs already"), ("unpause", "redis is not paused"),
        ("release", "redis is not in quarantine"), ("maintenance", "redis is not in maintenance"),
    ])
    func whatIsSoAlreadyIsSaidToBe(verb: String, message: String) {
        let body = verb == "maintenance" ? #"{"for_seconds":0}"# : ""
        let response = respond("POST", "/v1/services/redis/" + verb, body: body)
        #expect(response.status == 200)
        #expect(text(response).contains(#""result":"unchanged""#))
        #expect(text(response).contains(message))
    }

    @Test func theStateDecidesWhatIsUnchanged() {
        var stopped = ServiceStatus.example("redis", state: .stopped, health: .none)
        stopped.operatorWill = "stopped"
        #expect(text(respond(by: backend(stopped), "POST", "/v1/services/redis/stop")).contains("unchanged"))
        #expect(text(respond(by: backend(stopped), "POST", "/v1/services/redis/start")).contains("accepted"))
        var paused = ServiceStatus.example("redis", state: .paused)
        paused.operatorWill = "paused"
        #expect(text(respond(by: backend(paused), "POST", "/v1/services/redis/pause")).contains("unchanged"))
        #expect(text(respond(by: backend(paused), "POST", "/v1/services/redis/unpause")).contains("accepted"))
        let quarantined = ServiceStatus.example("redis", state: .quarantined)
        #expect(text(respond(by: backend(quarantined), "POST", "/v1/services/redis/release")).contains("accepted"))
    }

    @Test(arguments: ["", "true"])
    func aDryRunDoesNothing(value: String) {
        let backend = FakeBackend()
        let response = respond(by: backend, "POST", "/v1/services/redis/stop", [("dry_run", value)])
        #expect(response.status == 200)
        #expect(text(response).contains(#""message":"would stop redis and keep it stopped","result":"planned""#))
        #expect(backend.commands.isEmpty)
        #expect(respond(by: backend, "POST", "/v1/services/redis/stop", [("dry_run", "false")]).status == 202)
        #expect(backend.commands.count == 1)
    }

    @Test(arguments: [
        ("stop", #"{"grace_second":1}"#, "did you mean 'grace_seconds'?"), ("stop", "[]", "not what the action takes"),
        ("stop", #"{"grace_seconds":-1}"#, "from 0 to"), ("stop", #"{"grace_seconds":"1"}"#, "grace_seconds"),
        ("stop", #"{"grace_seconds":1e300}"#, "from 0 to"), ("stop", #"{"grace_seconds":null}"#, "grace_seconds"),
        ("start", #"{"x":1}"#, "no field 'x'"), ("kill", #"{"signal":1.5}"#, "whole number from 1 to 64"),
        ("kill", #"{"signal":65}"#, "whole number"), ("maintenance", "", "'for_seconds' is missing"),
        ("stop", String(repeating: "[", count: 30_000), "not what the action takes"),
    ])
    func aWrongBodyIsToldWhy(verb: String, body: String, reason: String) {
        let backend = FakeBackend()
        let response = respond(by: backend, "POST", "/v1/services/redis/" + verb, body: body)
        #expect(response.status == 400)
        #expect(text(response).contains(reason), "\(text(response))")
        #expect(backend.commands.isEmpty)
    }

    @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])
    func aBodyOfAnotherTypeIsRefused(type: String) {
        #expect(respond("POST", "/v1/services/redis/stop", body: "{}", type: type).status == 415)
    }

    @Test func aBodyWithoutTypeIsRefusedAndNoBodyNeedsNone() {
        #expect(respond("POST", "/v1/services/redis/stop", body: "{}", type: nil).status == 415)
        #expect(respond("POST", "/v1/services/redis/stop", type: nil).status == 202)
        let type = "Application/JSON; charset=utf-8"
        #expect(respond("POST", "/v1/services/redis/stop", body: "{}", type: type).status == 202)
    }

    @Test(arguments: [
        ("dryrun", "true", "did you mean 'dry_run'?"), ("dry_run", "yes", "true, false or without a value"),
        ("x", "", "there are dry_run"), ("%ff", "", "percent-encoded"), ("dry_run", "%00", "true, false"),
        ("dry_run", "%f", "percent-encoded"),
    ])
    func aWrongParameterIsNamed(name: String, value: String, reason: String) {
        let response = respond("POST", "/v1/services/redis/stop", [(name, value)])
        #expect(response.status == 400)
        #expect(text(response).contains(reason), "\(text(response))")
    }

    @Test func aParameterGivenTwiceIsRefused() {
        let response = respond("POST", "/v1/services/redis/stop", [("dry_run", nil), ("dry_run", "true")])
        #expect(text(response).contains("more than once"))
        #expect(respond("GET", "/v1/services", [("a", "b")]).status == 400)
        #expect(respond("GET", "/status", [("a", "b")]).status == 200)
    }

    @Test(arguments: [
        (ControlReply.notFound("gone"), 404), (.refused("going down"), 409), (.failed("busy"), 503),
    ])
    func whatTheHealerRefusesIsAProblem(reply: ControlReply, status: Int) {
        let response = respond(by: FakeBackend(reply: reply), "POST", "/v1/services/redis/stop")
        #expect(response.status == status)
        #expect(response.contentType == ProblemDetails.contentType)
    }
}
