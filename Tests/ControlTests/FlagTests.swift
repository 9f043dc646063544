import Stack
import Testing

@testable import Control

struct FlagTests {
    private let backend = FakeBackend()

    init() {
        backend.set(flags: [
            .example("lights"), .example("share", .number(2), type: .number),
            .example("greeting", .text("a\"b"), type: .string),
        ])
    }

    private func respond(
        _ method: String, _ path: String, body: String = "", type: String? = "application/json",
        headers: [RequestHead.Header] = [], origin: String? = nil, transport: RequestHead.Transport = .unix
    ) -> Response {
        var headers = headers
        headers.append(.init(name: "Content-Length", value: "\(body.utf8.count)"))
        headers.append(.init(name: "Host", value: "localhost"))
        if let type { headers.append(.init(name: "Content-Type", value: type)) }
        if let origin { headers.append(.init(name: "Origin", value: origin)) }
        var head = RequestHead(method: method, path: path, headers: headers, transport: transport, peer: "root")
        let router = Router(backend: backend)
        return router.admit(&head) ?? router.answer(head, body: Array(body.utf8))
    }

    private func text(_ response: Response) -> String { String(decoding: response.body, as: UTF8.self) }

    @Test func allAreListed() throws {
        let response = respond("GET", "/v1/flags")
        #expect(response.status == 200)
        let names = try JSONText.decode(FlagList.self, from: response.body).flags.map(\.name)
        #expect(names == ["lights", "share", "greeting"])
    }

    @Test func oneIsEvaluatedInTheWordsOfTheProtocol() {
        let response = respond("POST", "/ofrep/v1/evaluate/flags/lights", body: #"{"context":{"targetingKey":"a"}}"#)
        #expect(response.status == 200)
        #expect(response.contentType == "application/json")
        #expect(
            text(response) == #"{"key":"lights","metadata":{"description":"what it is for","source":"rule","#
                + #""why":"redis is down"},"reason":"TARGETING_MATCH","value":true,"variant":"rule-2"}"# + "\n")
    }

    @Test(arguments: [
        (FlagStatus.Source.standard, "STATIC", "default"), (.override, "STATIC", "override"),
        (.rule, "TARGETING_MATCH", "rule-2"),
    ])
    func theReasonIsOneOfTheProtocol(source: FlagStatus.Source, reason: String, variant: String) {
        var flag = FlagStatus.example("lights")
        flag.source = source
        let answer = RemoteEvaluation.success(flag).json
        #expect(answer.contains(#""reason":"\#(reason)""#))
        #expect(answer.contains(#""variant":"\#(variant)""#))
    }

    @Test func aNumberHasAFractionAndTextIsQuoted() {
        #expect(text(respond("POST", "/ofrep/v1/evaluate/flags/share", body: "{}")).contains(#""value":2.0"#))
        #expect(text(respond("POST", "/ofrep/v1/evaluate/flags/greeting", body: "{}")).contains(#""value":"a\"b""#))
    }

    @Test func anUnknownOneIsToldTheNearest() {
        let response = respond("POST", "/ofrep/v1/evaluate/flags/light%73x", body: "{}")
        #expect(response.status == 404)
        #expect(text(response).contains(#""errorCode":"FLAG_NOT_FOUND""#))
        #expect(text(response).contains(#""key":"lightsx""#))
        #expect(text(response).contains("did you mean 'lights'?"))
    }

    @Test(arguments: [
        ("", "PARSE_ERROR"), ("{", "PARSE_ERROR"), ("[]", "INVALID_CONTEXT"), (#"{"context":null}"#, "INVALID_CONTEXT"),
        (#"{"context":[]}"#, "INVALID_CONTEXT"), (#"{"context":{"targetingKey":null}}"#, "INVALID_CONTEXT"),
        (#"{"context":{"targetingKey":7}}"#, "INVALID_CONTEXT"),
    ])
    func aWrongContextIsRefused(body: String, code: String) {
        for path in ["/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/lights"] {
            let response = respond("POST", path, body: body)
            #expect(response.status == 400)
            #expect(text(response).contains(#""errorCode":"\#(code)""#), "\(text(response))")
        }
    }

    @Test func theTagIsThatOfTheAnswer() throws {
        let path = "/ofrep/v1/evaluate/flags"
        let first = respond("POST", path, body: "{}")
        let tag = try #require(first.headers["ETag"])
        #expect(first.status == 200)
        for given in [tag, "W/" + tag, "\"x\", " + tag, "*", String(tag.dropFirst().dropLast())] {
            let again = respond("POST", path, body: "{}", headers: [.init(name: "If-None-Match", value: given)])
            #expect(again.status == 304, "\(given)")
            #expect(again.body.isEmpty)
            #expect(again.headers["ETag"] == tag)
        }
        backend.set(flags: [.example("lights", .boolean(false))])
        let changed = respond("POST", path, body: "{}", headers: [.init(name: "If-None-Match", value: tag)])
        #expect(changed.status == 200)
        #expect(changed.headers["ETag"] != tag)
    }

    @Test func evaluationNeedsNoTokenAndTakesJSONAlone() {
        let tcp = RequestHead.Transport.tcp(localAddress: "127.0.0.1")
        let path = "/ofrep/v1/evaluate/flags"
        #expect(respond("POST", path, body: "{}", transport: tcp).status == 200)
        #expect(respond("POST", path, body: "{}", origin: "https://a.example", transport: tcp).status == 200)
        #expect(respond("POST", path, body: "{}", type: "text/plain", transport: tcp).status == 415)
        #expect(respond("GET", path, transport: tcp).status == 405)
        #expect(respond("POST", "/v1/flags/lights/set", body: #"{"value":true}"#, transport: tcp).status == 401)
        #expect(respond("POST", "/v1/flags/lights/clear", transport: tcp).status == 401)
        let foreign = respond("POST", "/v1/flags/lights/clear", origin: "https://a.example", transport: tcp)
        #expect(foreign.status == 403)
    }

    @Test func settingAndClearingAreCommands() {
        let set = respond("POST", "/v1/flags/share/set", body: #"{"value":3,"for_seconds":0.5}"#)
        #expect(set.status == 200)
        #expect(text(set).contains(#""message":"taken""#))
        #expect(respond("POST", "/v1/flags/lights/clear", type: nil).status == 200)
        #expect(backend.commands == [.setFlag("share", .integer(3), seconds: 0.5), .clearFlag("lights")])
        #expect(backend.actors == ["root", "root"])
    }

    @Test(arguments: [
        ("", "the given data was not valid"), ("{}", "'value' is missing"), (#"{"value":null}"#, "'value' should be"),
        (#"{"value":[]}"#, "'value' should be"), (#"{"value":1,"for_second":5}"#, "did you mean 'for_seconds'?"),
        (#"{"value":1,"for_seconds":0}"#, "over 0"), (#"{"value":1,"for_seconds":1e10}"#, "up to 999999999"),
        (#"{"value":1,"for_seconds":null}"#, "for_seconds"),
    ])
    func aWrongOrderIsRefused(body: String, words: String) {
        let response = respond("POST", "/v1/flags/share/set", body: body)
        #expect(response.status == 400)
        #expect(text(response).lowercased().contains(words), "\(text(response))")
        #expect(backend.commands.isEmpty)
    }

    @Test(arguments: [
        (ControlReply.notFound("x"), 404), (.refused("x"), 409), (.failed("x"), 503),
    ])
    func whatIsNotDoneIsAProblem(reply: ControlReply, status: Int) {
        backend.set(reply: reply)
        #expect(respond("POST", "/v1/flags/share/set", body: #"{"value":3}"#).status == status)
        #expect(respond("POST", "/v1/flags/share/clear").status == status)
    }

    @Test(arguments: [
        ControlCommand.setFlag("a", .object(["x": .list([.null, .text("y")])]), seconds: 5),
        .setFlag("a", .boolean(true), seconds: nil), .clearFlag("a"),
    ])
    func commandsAreReadAsTheyWereWritten(command: ControlCommand) throws {
        #expect(try JSONText.decode(ControlCommand.self, from: JSONText.encode(command)) == command)
    }

    @Test func onlyTruthIsAMetric() {
        let text = PrometheusText.format(FlagMetrics.families(backend.flags(), stack: "shop"))
        #expect(text.contains(#"hale_flag_value{stack="shop",flag="lights"} 1"#))
        #expect(!text.contains("share"))
        #expect(FlagMetrics.families([], stack: "shop").isEmpty)
    }

    @Test func aPersonMeansWhatTheTypeSays() {
        #expect(FlagType.string.value(of: "true") == .text("true"))
        #expect(FlagType.boolean.value(of: "true") == .boolean(true))
        #expect(FlagType.number.value(of: "2") == .number(2))
        #expect(FlagType.object.value(of: #"{"a":1}"#) == .object(["a": .integer(1)]))
        #expect(FlagType.boolean.value(of: "1") == nil)
        #expect(FlagType.integer.value(of: "1.5") == nil)
        #expect(FlagType.integer.value(of: "") == nil)
        #expect(FlagType.number.value(of: "x") == nil)
        #expect(FlagType.object.value(of: "[]") == nil)
    }
}
