import Stack
import Testing

@testable import Compose

@Suite struct TrafficTests {
    /// A service with the ports 80 and 443 and that line under `x-hale`.
    private func text(_ line: String) -> String {
        "services:\n  web:\n    image: x\n    ports: ['8080:80']\n    expose: ['443']\n    x-hale:\n      \(line)\n"
    }

    private func service(_ line: String) throws -> Service {
        try #require(try load(text(line)).stack().services["web"])
    }

    private func traffic(_ line: String) throws -> TrafficPolicy { try service(line).traffic }

    @Test func nothingSaidIsTheDefaults() throws {
        #expect(try traffic("critical: true") == TrafficPolicy())
        #expect(try traffic("{breaker: {}, balance: {}, retry: {}, timeout: {}, limit: {}}") == TrafficPolicy())
        #expect(try traffic("{breaker: , balance: , retry: , timeout: , limit: , fallback: }") == TrafficPolicy())
    }

    @Test(arguments: ApplicationProtocol.allCases)
    func oneProtocolIsForAllPorts(application: ApplicationProtocol) throws {
        #expect(
            try traffic("protocol: \(application.rawValue)").protocols == [80: application, 443: application])
    }

    @Test func aProtocolIsForOnePort() throws {
        let service = try service("protocol: {'80': http}")
        #expect(service.traffic.protocols == [80: .http])
        #expect(service.applicationProtocol(of: 443) == .tcp)
    }

    @Test func thePortThatIsCheckedIsThePortOfAServiceWithoutOthers() throws {
        let stack = try load("services: {web: {image: x, x-hale: {check: ollama, protocol: http}}}").stack()
        #expect(stack.services["web"]?.traffic.protocols == [11_434: .http])
    }

    @Test(
        arguments: [
            ("off", .disabled), ("false", .disabled), ("disabled", .disabled), ("metrics-only", .metricsOnly),
            ("automatic", .automatic), ("{mode: off}", .disabled), ("{mode: metrics-only}", .metricsOnly),
        ] as [(String, BreakerPolicy.Mode)])
    func aBreakerHasAMode(text: String, mode: BreakerPolicy.Mode) throws {
        var policy = BreakerPolicy()
        policy.mode = mode
        #expect(try traffic("breaker: \(text)").breaker == policy)
    }

    @Test func aBreakerIsSetInFull() throws {
        let traffic = try traffic(
            "breaker: {failure_rate: 25%, slow_rate: 0.75, slow: 2s, window: 100, minimum_calls: 7, "
                + "consecutive_failures: 3, open: 1s, open_cap: 10s, reset_after: 2m, half_open_calls: 4, "
                + "half_open_lease: 500ms}")
        #expect(traffic.slow == .after(.seconds(2)))
        #expect(
            traffic.breaker
                == BreakerPolicy(
                    failureRate: 0.25, slowCallRate: 0.75, window: .count(100),
                    minimumCalls: 7, consecutiveFailures: 3, open: .seconds(1), openCap: .seconds(10),
                    resetAfter: .seconds(120), halfOpenPermits: 4, permitLease: .milliseconds(500)))
    }

    @Test func aBreakersConditionsCanBeTakenAway() throws {
        let traffic = try traffic("breaker: {slow: off, consecutive_failures: off, window: 1m}")
        #expect(traffic.slow == .never)
        #expect(traffic.breaker == BreakerPolicy(window: .time(.seconds(60)), consecutiveFailures: nil))
    }

    @Test func theCapIsNeverShorterThanTheFirstTime() throws {
        let policy = try traffic("breaker: {open: 2m}").breaker
        #expect(policy == BreakerPolicy(open: .seconds(120), openCap: .seconds(120)))
    }

    @Test(arguments: BalancePolicy.Method.allCases.filter { $0 != .header })
    func instancesAreChosenByName(method: BalancePolicy.Method) throws {
        var policy = BalancePolicy()
        policy.method = method
        #expect(try traffic("balance: \(method.rawValue)").balance == policy)
        policy.slowStart = .zero
        #expect(try traffic("balance: {method: \(method.rawValue), slow_start: 0s}").balance == policy)
    }

    @Test func retriesAreBoundedOrOff() throws {
        #expect(try traffic("retry: off").retry.attempts == 1)
        let policy = try traffic("retry: {attempts: 5, budget: 0%, floor: 0, methods: [POST, put]}").retry
        #expect(policy.attempts == 5)
        #expect(policy.budget == 0)
        #expect(policy.floor == 0)
        #expect(policy.methods == ["POST", "PUT"])
        #expect(try traffic("retry: {budget: 0.5}").retry.budget == 0.5)
    }

    @Test func hedgingIsAskedFor() throws {
        #expect(try traffic("retry: {}").retry.hedging == .off)
        #expect(try traffic("{protocol: http, retry: {hedge: off}}").retry.hedging == .off)
        #expect(try traffic("{protocol: http, retry: {hedge: p95}}").retry.hedging == .percentile95)
        #expect(try traffic("{protocol: http, retry: {hedge: 50ms}}").retry.hedging == .after(.milliseconds(50)))
    }

    @Test func timesAreSetOrOff() throws {
        let timeouts = try traffic("timeout: {head: 5s, response: 1m, stream: off, idle: 2s}").timeouts
        #expect(timeouts.head == .seconds(5))
        #expect(timeouts.response == .seconds(60))
        #expect(timeouts.stream == nil)
        #expect(timeouts.idle == .seconds(2))
        #expect(try traffic("timeout: {response: 10s}").timeouts.stream == TrafficTimeouts().stream)
    }

    @Test func aBodyIsLimited() throws {
        #expect(try traffic("limit: {body: 8MiB}").bodyLimit == 8 << 20)
    }

    @Test func aFallbackIsAnAnswer() throws {
        #expect(try traffic("fallback: {}").fallback == [.answer(StaticAnswer())])
        #expect(
            try traffic("fallback: {status: 200, body: '[]', content_type: application/json}").fallback
                == [.answer(StaticAnswer(status: 200, body: "[]", contentType: "application/json"))])
        #expect(
            try traffic("fallback: {content_type: 'text/html; charset=utf-8'}").fallback
                == [.answer(StaticAnswer(contentType: "text/html; charset=utf-8"))])
    }

    @Test(
        arguments: [
            ("protocol: htp", "tcp, http, postgres, redis, bolt, ollama, found 'htp'", "http"),
            ("protocol: https", "protocol: expected one of tcp, http", "tcp"),
            ("protocol: {'443': postgresql}", "protocol.443: expected one of tcp, http", "postgres"),
            ("protocol: {'81': http}", "protocol.81: expected one of the service's TCP ports (80, 443), found", nil),
            ("protocol: {web: http}", "protocol.web: expected one of the service's TCP ports", nil),
            ("protocol: [http]", "protocol: expected one of tcp, http", nil),
            ("breaker: of", "breaker: expected one of automatic, disabled, metrics-only, off, found 'of'", nil),
            ("breaker: {mode: metric-only}", "breaker.mode: expected one of automatic", "metrics-only"),
            ("breaker: [off]", "breaker: expected a mapping with mode, failure_rate", nil),
            ("breaker: {failure: 1}", "breaker.failure: unknown key 'failure'", nil),
            ("breaker: {slow_rat: 1}", "breaker.slow_rat: unknown key 'slow_rat'", "slow_rate"),
            ("breaker: {failure_rate: 0}", "breaker.failure_rate: expected a share above 0% and up to 100%", nil),
            ("breaker: {failure_rate: 50}", "breaker.failure_rate: expected a share above 0% and up to 100%", nil),
            ("breaker: {failure_rate: 101%}", "such as 50% or 0.5, found '101%'", nil),
            ("breaker: {failure_rate: .nan}", "breaker.failure_rate: expected a share", nil),
            ("breaker: {slow_rate: half}", "breaker.slow_rate: expected a share", nil),
            (
                "breaker: {slow: 0s}", "breaker.slow: expected a duration above 0 such as 500ms, 15s or 1m30s, or off",
                nil
            ),
            ("breaker: {window: 0}", "breaker.window: expected a time of at least 1ms such as 30s, or a number", nil),
            ("breaker: {window: 10001}", "breaker.window: expected a time", nil),
            ("breaker: {window: -1s}", "breaker.window: expected a time", nil),
            ("breaker: {minimum_calls: 0}", "breaker.minimum_calls: expected a whole number from 1 to 1000000", nil),
            (
                "breaker: {consecutive_failures: 1.5}", "breaker.consecutive_failures: expected a whole number from 1",
                nil
            ),
            ("breaker: {open: -1s}", "breaker.open: expected a duration", nil),
            ("breaker: {open: 10s, open_cap: 5s}", "breaker.open_cap: must not be shorter than open (10s)", nil),
            ("breaker: {reset_after: long}", "breaker.reset_after: expected a duration", nil),
            ("breaker: {half_open_calls: 257}", "breaker.half_open_calls: expected a whole number from 1 to 256", nil),
            ("breaker: {half_open_lease: 0s}", "breaker.half_open_lease: must be at least 1ms", nil),
            (
                "balance: round_robin", "balance: expected one of least-pending, round-robin, client-address",
                "round-robin"
            ),
            ("balance: {method: random}", "balance.method: expected one of least-pending, round-robin", nil),
            ("balance: {slow_start: 10}", "balance.slow_start: expected a duration", nil),
            ("retry: 3", "retry: expected a mapping with attempts, budget, floor, methods, hedge", nil),
            ("retry: {attempts: 0}", "retry.attempts: expected a whole number from 1 to 100, found '0'", nil),
            ("retry: {budget: -1%}", "retry.budget: expected a share from 0% to 100%", nil),
            ("retry: {floor: 1001}", "retry.floor: expected a whole number from 0 to 1000", nil),
            ("retry: {methods: [POTS]}", "retry.methods.0: expected one of GET, HEAD", "POST"),
            (
                "retry: {hedge: p99}", "retry.hedge: expected off, p95 or a duration above 0 such as 50ms, found 'p99'",
                nil
            ),
            ("retry: {hedge: 0s}", "retry.hedge: expected off, p95 or a duration above 0", nil),
            ("retry: {hedge: 5s}", "retry.hedge: sending a request twice needs a port that speaks HTTP", nil),
            (
                "{protocol: http, retry: {hedge: p95, budget: 0%, floor: 0}}",
                "retry.hedge: needs a budget or a floor above zero", nil
            ),
            (
                "{protocol: http, retry: {hedge: p95}, proxy_protocol: {send: v2}}",
                "retry.hedge: cannot be used with proxy_protocol.send", nil
            ),
            ("retry: {methods: POST}", "retry.methods: expected a list of strings", nil),
            ("timeout: 5s", "timeout: expected a mapping with head, response, stream, idle", nil),
            ("timeout: {head: 0s}", "timeout.head: expected a duration above 0", nil),
            ("timeout: {respond: 1s}", "timeout.respond: unknown key 'respond'", "response"),
            ("limit: {body: -1}", "limit.body: expected a size", nil),
            ("limit: {boddy: 1}", "limit.boddy: unknown key 'boddy'", "body"),
            ("fallback: {status: 199}", "fallback.status: expected a whole number from 200 to 599, found '199'", nil),
            ("fallback: {status: 204}", "fallback.status: 204 has no body", nil),
            ("fallback: {body: [a]}", "fallback.body: expected a string", nil),
            ("fallback: {content_type: json}", "fallback.content_type: expected a media type", nil),
            (#"fallback: {content_type: "a/b\r\nX: y"}"#, "fallback.content_type: expected a media type", nil),
            (
                "fallback: sorry",
                "fallback: expected a mapping with service, url, model, stale, queue, status, body, content_type", nil
            ),
            ("breakers: off", "x-hale.breakers: unknown key 'breakers'", "breaker"),
        ] as [(String, String, String?)])
    func whatIsWrongIsSaidWithItsPlace(line: String, complaint: String, meant: String?) throws {
        let error = #expect(throws: ComposeError.self) { try service(line) }
        let diagnostic = try #require(error?.diagnostics.first)
        #expect(error?.diagnostics.count == 1)
        #expect(diagnostic.message.hasPrefix("services.web.x-hale."))
        #expect(diagnostic.message.contains(complaint))
        #expect(diagnostic.hint == meant.map { "did you mean '\($0)'?" })
        #expect(diagnostic.line == 7)
    }

    @Test func aFallbackHasRoomWhereAClientReadsSlowly() throws {
        let most = String(repeating: "a", count: 32 << 10)
        #expect(try traffic("fallback: {body: \(most)}").fallback == [.answer(StaticAnswer(body: most))])
        #expect(throws: ComposeError.self) { try traffic("fallback: {body: \(most)a}") }
    }

    @Test func aProtocolNeedsAPort() throws {
        let error = #expect(throws: ComposeError.self) {
            try load("services: {web: {image: x, x-hale: {protocol: http}}}").stack()
        }
        #expect(error?.description.contains("protocol: the service neither publishes nor exposes a TCP port") == true)
    }

    @Test func aHoldIsATimeOrAMapping() throws {
        #expect(try service("hold: 3s").hold == .seconds(3))
        let service = try service("hold: {time: 20s, ramp: 0, count: 7}")
        #expect(service.hold == .seconds(20))
        #expect(service.traffic.ramp == .zero)
        #expect(service.traffic.holdCount == 7)
        #expect(try self.service("hold: {ramp: 1s}").hold == Service(name: "web", launch: service.launch).hold)
    }

    @Test(arguments: [
        ("hold: soon", "hold: expected a duration"), ("hold: {time: x}", "hold.time: expected a duration"),
        ("hold: {ramp: -1s}", "hold.ramp: expected a duration"), ("hold: [1s]", "hold: expected a mapping"),
        ("hold: {count: -1}", "hold.count: expected a whole number from 0 to 100000, found '-1'"),
        ("hold: {tine: 1s}", "hold.tine: unknown key 'tine'"),
    ])
    func aHoldThatIsNoneIsRefused(line: String, message: String) throws {
        let error = #expect(throws: ComposeError.self) { try service(line) }
        #expect(error?.diagnostics.count == 1)
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test func everythingThatIsWrongIsSaid() throws {
        let error = #expect(throws: ComposeError.self) {
            try service("{protocol: x, breaker: {open: x, slow: x}, balance: x, retry: {floor: x}, limit: {body: x}}")
        }
        #expect(error?.diagnostics.count == 6)
    }

    @Test func theKeysStandBesideEachOther() throws {
        let traffic = try traffic(
            "{protocol: http, breaker: {failure_rate: 50%, window: 30s, open: 5s}, retry: {attempts: 3, methods: [PUT]}, "
                + "timeout: {response: 30s}, limit: {body: 8MiB}, "
                + #"fallback: {status: 503, body: '{"status":"degraded"}', content_type: application/json}}"#)
        var expected = TrafficPolicy()
        expected.protocols = [80: .http, 443: .http]
        expected.retry.methods = ["PUT"]
        expected.timeouts.response = .seconds(30)
        expected.bodyLimit = 8 << 20
        expected.fallback = [
            .answer(StaticAnswer(body: #"{"status":"degraded"}"#, contentType: "application/json"))
        ]
        #expect(traffic == expected)
    }

    @Test func whatActsIsNotSaidToHaveNoEffect() throws {
        let project = try load(
            text("{breaker: off, retry: off, balance: round-robin, memory: {ceiling: 1g}, role: agent}"))
        let notices = ExtensionNotices.notices(of: project, as: .processes)
        #expect(notices.count == 2)
        #expect(notices.first?.contains("x-hale.memory has no effect without a container engine") == true)
        #expect(ExtensionNotices.notices(of: project, as: .containers).count == 1)
    }

    @Test func theResolvedProjectHasTheKeysAsTheyAre() throws {
        let project = try load(text("{protocol: {'80': http}, breaker: {failure_rate: 50%, window: 30s}}"))
        #expect(
            project.web("x-hale")
                == ["protocol": ["80": "http"], "breaker": ["failure_rate": "50%", "window": "30s"]])
    }
}
