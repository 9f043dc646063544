internal import Control
internal import Probing
internal import Stack

/// What `hale connectivity` says, as JSON has it.
struct ConnectivityReport: Encodable, Equatable {
    /// One endpoint, as seen from one or several places.
    struct Endpoint: Encodable, Equatable {
        var service: String
        var port: UInt16
        var address: String
        var `protocol`: String
        var from: [String]
        var ok: Bool
        /// What was wrong, or what the answer left open.
        var reason: String?
        var seconds: Double?
    }

    /// What was not tested.
    struct Untested: Encodable, Equatable {
        var what: String
        var why: String
    }

    var ok: Bool
    var tested: Int
    var failed: Int
    var endpoints: [Endpoint]
    var untested: [Untested]

    init(_ results: [ConnectivityRun.Result], _ gaps: [ConnectivityPlan.Gap], _ status: StackStatus) {
        endpoints = results.map { Endpoint($0, status) }
        failed = endpoints.count { !$0.ok }
        tested = endpoints.count
        ok = failed == 0
        untested = gaps.map { Untested(what: $0.what, why: $0.why) }
    }

    /// The table, the failures once more, and what was not tested.
    func text(_ style: Style) -> String {
        var table = TextTable(header: ["SERVICE", "PORT", "PROTOCOL", "ADDRESS", "FROM", "RESULT"])
        table.rows = endpoints.map { endpoint in
            [
                .init(endpoint.service), .init("\(endpoint.port)"), .init(endpoint.protocol), .init(endpoint.address),
                .init(endpoint.place), .init(endpoint.result, endpoint.ok ? .green : .red),
            ]
        }
        let gaps = untested.map { "not tested: \($0.what), as \($0.why)\n" }.joined()
        return (endpoints.isEmpty ? "" : table.rendered(style)) + gaps + summary + "\n"
    }

    private var summary: String {
        guard failed > 0 else { return tested == 0 ? "there is nothing to test" : "all \(tested) endpoints answer" }
        return "\(failed) of \(tested) endpoints fail:\n"
            + endpoints.filter { !$0.ok }.map { "  \($0.sentence)" }.joined(separator: "\n")
    }
}

extension ConnectivityReport.Endpoint {
    fileprivate init(_ result: ConnectivityRun.Result, _ status: StackStatus) {
        let test = result.test
        service = test.service
        port = test.port
        address =
            test.address.contains(":") ? "[\(test.address)]:\(test.connected)" : "\(test.address):\(test.connected)"
        self.protocol = test.exchange.name
        from = test.vantages.map(\.description)
        switch result.outcome {
        case .passed(let took):
            (ok, reason, seconds) = (true, nil, took.seconds)
        case .failed where result.outcome.wantsCredentials && !test.exchange.hasCredentials:
            (ok, reason, seconds) = (true, "asks for a password, of which the file's check says none", nil)
        case .failed(let text):
            (ok, reason, seconds) = (false, text + Self.explanation(status.services[test.service]), nil)
        }
    }

    /// What the healer knows of a service that does not answer.
    private static func explanation(_ service: ServiceStatus?) -> String {
        guard let service else { return "" }
        if let will = service.operatorWill { return " (\(will) by hand)" }
        guard service.state != .running || service.health == .unhealthy else { return "" }
        let reason = service.waitingOn ?? service.lastError
        let state = service.state == .running ? service.health.rawValue : service.state.rawValue
        return " (it is \(state)\(reason.map { ": \($0)" } ?? ""))"
    }

    /// `the host`, `inside web-1 and 173 more`.
    fileprivate var place: String {
        let first = from.first ?? ""
        return from.count > 1 ? "\(first) and \(from.count - 1) more" : first
    }

    fileprivate var result: String {
        guard ok else { return "FAILED: \(reason ?? "")" }
        return reason ?? seconds.map { "ok, \(Self.milliseconds($0)) ms" } ?? "ok"
    }

    fileprivate var sentence: String {
        "\(service) port \(port) (\(self.protocol)) at \(address) from \(place): \(reason ?? "")"
    }

    private static func milliseconds(_ seconds: Double) -> String {
        let tenths = Int((min(max(seconds, 0), 1e6) * 10_000).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
