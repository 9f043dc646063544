import Stack
import Testing

@testable import Compose

@Suite struct FallbackTests {
    /// `web`, and two others that may stand in for it; `files` does not speak HTTP.
    private func text(_ fallback: String, cache: String = "{}", ollama: String = "{}") -> String {
        """
        services:
          web:
            image: x
            ports: ['8080:80']
            x-hale:
              protocol: http
              fallback: \(fallback)
          cache:
            image: x
            expose: ['70', '71', '72']
            x-hale: {protocol: {'71': http, '72': http}, fallback: \(cache)}
          spare:
            image: x
            expose: ['90']
            x-hale: {protocol: http}
          files:
            image: x
            expose: ['21']
          ollama:
            image: x
            expose: ['11434']
            x-hale: {protocol: ollama, fallback: \(ollama)}
          night:
            image: x
            profiles: [night]
        """
    }

    private func chain(_ fallback: String) throws -> [FallbackStep] {
        try #require(try load(text(fallback)).stack().services["web"]).traffic.fallback
    }

    private let sorry = FallbackStep.answer(StaticAnswer(status: 200, body: "sorry"))

    @Test func anotherServiceStandsInAtItsFirstPortThatSpeaksHTTP() throws {
        #expect(try chain("{service: cache}") == [.service("cache", port: 71)])
        #expect(try chain("{service: 'cache:72'}") == [.service("cache", port: 72)])
    }

    @Test func aMappingIsTakenInTheFixedOrder() throws {
        #expect(try chain("{status: 200, body: sorry, service: cache}") == [.service("cache", port: 71), sorry])
    }

    @Test func aListIsTakenInItsOwnOrder() throws {
        #expect(
            try chain("[{service: spare}, {service: cache, status: 200, body: sorry}]")
                == [.service("spare", port: 90), .service("cache", port: 71), sorry])
    }

    @Test(
        arguments: [
            ("{model: 'llama3.2:1b'}", [.model("llama3.2:1b")]), ("{service: ollama, model: a}", [.model("a")]),
            ("{model: a, service: spare}", [.service("spare", port: 90, model: "a")]),
            (
                "[{model: a}, {model: hf.co/b_c/D@1}, {service: spare}]",
                [
                    .model("a"), .model("hf.co/b_c/D@1"), .service("spare", port: 90),
                ]
            ),
        ] as [(String, [FallbackStep])])
    func anotherModelStandsIn(fallback: String, chain: [FallbackStep]) throws {
        let stack = try load(text("{}", ollama: fallback)).stack()
        #expect(stack.services["ollama"]?.traffic.fallback == chain)
    }

    @Test(
        arguments: [
            ("{model: ''}", "model: expected the name of a model such as llama3.2:1b, found ''"),
            (#"{model: 'a"b'}"#, "model: expected the name of a model"), ("{model: 'a b'}", "model: expected the name"),
            ("{model: ü}", "model: expected the name"), ("{model: [a]}", "model: expected a string"),
            ("{service: 'ollama:11434', model: a}", "service: 'ollama' cannot stand in for itself"),
        ])
    func aModelHasAName(fallback: String, complaint: String) throws {
        let error = #expect(throws: ComposeError.self) { try load(text("{}", ollama: fallback)).stack() }
        let diagnostic = try #require(error?.diagnostics.first)
        #expect(diagnostic.message.contains("services.ollama.x-hale.fallback.\(complaint)"), "\(diagnostic.message)")
        #expect(error?.diagnostics.count == 1)
    }

    @Test func theLastGoodAnswerStandsIn() throws {
        var stale = StaleAnswers(age: .seconds(3_600))
        #expect(try chain("{stale: 1h}") == [.stale(stale)])
        #expect(try chain("{stale: {age: 1h}}") == [.stale(stale)])
        #expect(try chain("{stale: declared}") == [.stale(StaleAnswers(age: nil))])
        stale.size = 1 << 20
        stale.entry = 64 << 10
        #expect(try chain("{stale: {age: 1h, size: 1MiB, entry: 64KiB}}") == [.stale(stale)])
        #expect(
            try chain("{status: 200, body: sorry, stale: declared, service: cache}")
                == [.service("cache", port: 71), .stale(StaleAnswers(age: nil)), sorry])
    }

    @Test func oneAnswerIsNotLargerThanAll() throws {
        let steps = try chain("{stale: {age: 1h, size: 10KiB}}")
        guard case .stale(let stale) = steps.first else {
            Issue.record("\(steps)")
            return
        }
        #expect(stale.entry == 10 << 10)
    }

    @Test(
        arguments: [
            ("http://10.0.0.5", FallbackURL(host: "10.0.0.5", port: 80)),
            ("HTTP://Mirror.example:8080/", FallbackURL(host: "mirror.example", port: 8_080)),
            ("http://mirror/a/b%20c/", FallbackURL(host: "mirror", port: 80, prefix: "/a/b%20c")),
            ("http://[::1]:81/a", FallbackURL(host: "::1", port: 81, prefix: "/a")),
            ("http://[fe80::1]", FallbackURL(host: "fe80::1", port: 80)),
            ("https://mirror", FallbackURL(host: "mirror", port: 443, isEncrypted: true)),
            ("HTTPS://mirror:8443/a", FallbackURL(host: "mirror", port: 8_443, prefix: "/a", isEncrypted: true)),
        ])
    func aServerOutsideStandsIn(url: String, expected: FallbackURL) throws {
        #expect(try chain("{url: '\(url)', service: spare}") == [.service("spare", port: 90), .url(expected)])
    }

    @Test(
        arguments: [
            "https://", "https://mirror:", "mirror", "ftp://mirror", "http://", "http:///a", "http://:80",
            "http://mirror:",
            "http://mirror:0", "http://mirror:65536", "http://mirror:+80", "http://u:p@mirror", "http://mirror/a?b",
            "http://mirror/a#b", "http://mirror/ü", "http://mirror/a b", "http://[::1", "http://[::1]80",
            "http://a:b:1",
            "http://mi rror",
        ])
    func aURLIsAPlainOne(url: String) throws {
        let error = #expect(throws: ComposeError.self) { try chain("{url: '\(url)'}") }
        let diagnostic = try #require(error?.diagnostics.first)
        #expect(diagnostic.message.hasPrefix("services.web.x-hale.fallback.url: "))
        #expect(diagnostic.message.contains("expected http://HOST"))
        #expect(error?.diagnostics.count == 1 && diagnostic.line == 7)
    }

    @Test func whoIsNotPartOfThisProfileIsPassedOver() throws {
        #expect(try chain("[{service: night}, {service: cache}]") == [.service("cache", port: 71)])
    }

    @Test(
        arguments: [
            ("{service: cash}", "fallback.service: there is no service 'cash'", nil),
            ("{service: cachee}", "fallback.service: there is no service 'cachee'", "cache"),
            ("{service: ''}", "fallback.service: there is no service ''", nil),
            ("{service: [cache]}", "fallback.service: expected a string", nil),
            ("{service: web}", "fallback.service: 'web' cannot stand in for itself", nil),
            ("{service: 'cache:70'}", "expected one of the ports at which 'cache' speaks HTTP (71, 72)", nil),
            ("{service: 'cache:'}", "expected one of the ports at which 'cache' speaks HTTP (71, 72)", nil),
            ("{service: 'cache:99999'}", "expected one of the ports at which 'cache' speaks HTTP (71, 72)", nil),
            ("{service: files}", "fallback.service: 'files' has no port that speaks HTTP", nil),
            ("{servise: cache}", "fallback.servise: unknown key 'servise'", "service"),
            ("[{service: spare}, {service: cash}]", "fallback.1.service: there is no service 'cash'", nil),
            ("[cache]", "fallback.0: expected a mapping with service, url, model, stale, queue, status", nil),
            ("{model: a}", "fallback.model: is for a service with 'x-hale.protocol: ollama'", nil),
            ("{stale: 0s}", "fallback.stale: expected a duration of at least 1s such as 10m or 1h, or declared", nil),
            ("{stale: declare}", "fallback.stale: expected a duration", "declared"),
            ("{stale: [1h]}", "fallback.stale: expected a duration", nil),
            ("{stale: {}}", "fallback.stale: expected 'age'", nil),
            ("{stale: {age: -1s}}", "fallback.stale.age: expected a duration", nil),
            ("{stale: {age: 1h, siz: 1MiB}}", "fallback.stale.siz: unknown key 'siz'", "size"),
            ("{stale: {age: 1h, size: 257MiB}}", "fallback.stale.size: must be at least 1KiB and not larger", nil),
            (
                "{stale: {age: 1h, size: 1MiB, entry: 2MiB}}",
                "fallback.stale.entry: must be at least 1KiB and not larger than size", nil
            ),
            ("[{stale: 1h}, {stale: 2h}]", "fallback.1.stale: stands there twice", nil),
            ("[null]", "fallback.0: expected a mapping with service, url, model, stale, queue, status", nil),
            ("[]", "fallback: is empty", nil),
            ("[{status: 200}, {service: cache}]", "fallback.1: is never taken", nil),
            (
                "[\(Array(repeating: "{service: cache}", count: 9).joined(separator: ", "))]",
                "fallback: has 9 steps; expected 8 at most", nil
            ),
        ] as [(String, String, String?)])
    func whatIsWrongIsSaidWithItsPlace(fallback: String, complaint: String, meant: String?) throws {
        let error = #expect(throws: ComposeError.self) { try load(text(fallback)).stack() }
        let diagnostic = try #require(error?.diagnostics.first)
        #expect(error?.diagnostics.count == 1)
        #expect(diagnostic.message.contains(complaint), "\(diagnostic.message)")
        #expect(diagnostic.hint == meant.map { "did you mean '\($0)'?" })
        #expect(diagnostic.line == 7)
    }

    @Test func servicesDoNotStandInForEachOther() throws {
        let error = #expect(throws: ComposeError.self) {
            try load(text("{service: cache}", cache: "{service: web}")).stack()
        }
        let diagnostic = try #require(error?.diagnostics.first)
        #expect(error?.diagnostics.count == 1)
        #expect(
            diagnostic.message
                == "services.cache.x-hale.fallback: services must not stand in for each other in a circle "
                + "(cache to web to cache)")
        #expect(diagnostic.line == 11)
    }

    @Test func severalMayHaveTheSameStandIn() throws {
        let stack = try load(text("{service: spare}", cache: "{service: spare}")).stack()
        #expect(stack.services["cache"]?.traffic.fallback == [.service("spare", port: 90)])
    }
}
