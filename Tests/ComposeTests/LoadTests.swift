import Stack
import Testing

@testable import Compose

@Suite struct LoadTests {
    /// A service whose port 80 speaks HTTP and whose port 443 does not, with those lines under `x-hale`.
    private func service(_ lines: String..., http: Bool = true) throws -> Service {
        let text =
            "services:\n  web:\n    image: x\n    ports: ['8080:80']\n    expose: ['443']\n    x-hale:\n"
            + (http ? "      protocol: {'80': http}\n" : "") + lines.map { "      \($0)\n" }.joined()
        return try #require(try load(text).stack().services["web"])
    }

    private func policy(_ lines: String...) throws -> LoadPolicy {
        try service(lines.joined(separator: "\n      ")).traffic.load
    }

    @Test func aLimitIsANumberOrIsFound() throws {
        #expect(try policy("limit: {concurrency: 40}").concurrency == .fixed(40))
        #expect(try policy("limit: {concurrency: aimd}").concurrency == .adaptive(AdaptiveConcurrency(.aimd)))
        var own = AdaptiveConcurrency(.gradient)
        own.initial = 8
        own.min = 4
        own.max = 16
        #expect(
            try policy("limit: {concurrency: {initial: 8, min: 4, max: 16}, per_client: 3}").concurrency
                == .adaptive(own))
        #expect(try policy("limit: {per_client: 3}").perClient == 3)
        // What is not said fits what is.
        guard case .adaptive(let small) = try policy("limit: {concurrency: {max: 5}}").concurrency else {
            Issue.record("it does not adapt")
            return
        }
        #expect((small.initial, small.min, small.max) == (5, 2, 5))
    }

    @Test func aPriorityIsForAllOrByRules() throws {
        #expect(try policy("priority: 8").priority == 8)
        let rules = try policy(
            "priority:", "  - {level: 9, header: X-Urgent, value: 'yes'}", "  - {level: 1, path: /batch/}",
            "  - {level: 3, port: 443}", "  - {level: 2, client: web}", "  - {level: 6}"
        ).rules
        var expected = [9, 1, 3, 2, 6].map { PriorityRule(priority: $0) }
        expected[0].header = "X-Urgent"
        expected[0].value = "yes"
        expected[1].path = "/batch/"
        expected[2].port = 443
        expected[3].client = "web"
        #expect(rules == expected)
    }

    @Test(arguments: [
        ("limit: {concurrency: many}", "limit.concurrency: expected a whole number from 1 to 1000000, gradient, aimd"),
        ("limit: {concurrency: gradent}", "did you mean 'gradient'?"),
        ("limit: {concurrency: {min: 9, max: 3}}", "limit.concurrency.max: must not be smaller than min, which is 9"),
        ("limit: {concurrency: {initial: 300}}", "limit.concurrency.initial: expected a whole number from 2 to 200"),
        ("limit: {concurrency: {maxx: 3}}", "did you mean 'max'?"),
        ("limit: {per_client: 0}", "limit.per_client: expected a whole number from 1"),
        ("priority: 11", "priority: expected a whole number from 0 to 9, found '11'"),
        ("priority: [5]", "priority.0: expected a mapping"),
        ("priority: [{path: /x}]", "priority.0: expected a level from 0"),
        ("priority: [{level: 1, path: x}]", "priority.0.path: expected the beginning of a path"),
        ("priority: [{level: 1, port: 81}]", "priority.0.port: expected one of the service's TCP ports (80, 443)"),
        ("priority: [{level: 1, client: wep}]", "priority.0.client: there is no service 'wep'"),
        ("priority: [{level: 1, header: 'a b'}]", "priority.0.header: expected the name of a header field"),
        ("priority: [{level: 1, value: x}]", "priority.0.value: expected a header beside it"),
        ("balance: header", "balance: expected the field's name beside the method"),
        ("balance: {method: round-robin, header: X}", "balance.header: is looked at with the method header alone"),
    ])
    func whatIsWrongIsSaidWhereItStands(line: String, message: String) throws {
        let error = #expect(throws: ComposeError.self) { try service(line) }
        #expect(error?.diagnostics.count == 1, "\(error?.description ?? "")")
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        "limit: {concurrency: gradient}", "priority: [{level: 1, path: /x}]", "balance: {method: header, header: X}",
    ])
    func whatIsAboutRequestsNeedsAPortThatHasThem(line: String) throws {
        _ = try service(line)
        let error = #expect(throws: ComposeError.self) { try service(line, http: false) }
        #expect(error?.description.contains("needs a port that speaks HTTP") == true)
    }

    @Test func aFixedLimitIsForConnectionsToo() throws {
        #expect(try service("limit: {concurrency: 3}", http: false).traffic.load.concurrency == .fixed(3))
    }

    @Test func whoIntroducesWhomIsSaid() throws {
        let policy = try service("proxy_protocol: {accept: true, send: v2}", http: false).traffic.proxyProtocol
        #expect(policy.accepts && policy.sends == .v2)
        #expect(try service("proxy_protocol: {send: off}").traffic.proxyProtocol == ProxyProtocolPolicy())
        let error = #expect(throws: ComposeError.self) { try service("proxy_protocol: {accept: maybe, send: v3}") }
        #expect(error?.description.contains("proxy_protocol.accept: expected true or false") == true)
        #expect(error?.description.contains("proxy_protocol.send: expected one of v1, v2, off, found 'v3'") == true)
    }
}
