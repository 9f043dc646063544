internal import Stack

/// Reads the keys of a service's `x-hale` that say how the gateway treats its clients; `fallback` is read once all services
/// are known.
struct TrafficLowering {
    static let keys = [
        "protocol", "breaker", "balance", "retry", "timeout", "limit", "priority", "proxy_protocol", "fallback",
    ]

    let hale: Fields
    /// The service's TCP ports.
    let ports: [UInt16]
    /// The names of all services.
    let services: [String]

    func policy(_ problems: inout Problems) -> TrafficPolicy {
        var policy = TrafficPolicy()
        policy.protocols = protocols(&problems)
        policy.breaker = BreakerLowering(hale: hale).policy(&problems)
        policy.slow = BreakerLowering(hale: hale).slow(&problems)
        HoldLowering(hale: hale).apply(to: &policy, &problems)
        policy.balance = balance(&problems)
        policy.retry = RetryLowering(hale: hale).policy(&problems)
        policy.timeouts = timeouts(&problems)
        policy.proxyProtocol = proxyProtocol(&problems)
        if policy.retry.hedging != .off, policy.proxyProtocol.sends != nil {
            problems.report(hale.path + ["retry", "hedge"], "cannot be used with proxy_protocol.send")
        }
        let limit = hale.fields("limit")
        limit.allow(["body", "concurrency", "per_client"], &problems)
        policy.bodyLimit = limit.size("body", &problems)
        policy.load = LoadLowering(hale: hale, ports: ports, services: services).policy(&problems)
        return policy
    }

    /// `protocol: http` is for all ports, `protocol: {"8080": http}` for one of them.
    private func protocols(_ problems: inout Problems) -> [UInt16: ApplicationProtocol] {
        guard let value = hale["protocol"] else { return [:] }
        let path = hale.path + ["protocol"]
        guard let map = value.map else {
            guard let own = application(value, path, &problems) else { return [:] }
            if ports.isEmpty { problems.report(path, "the service neither publishes nor exposes a TCP port") }
            return Dictionary(ports.map { ($0, own) }, uniquingKeysWith: { first, _ in first })
        }
        var protocols: [UInt16: ApplicationProtocol] = [:]
        for (name, value) in map {
            let own = application(value, path + [name], &problems)
            if let port = UInt16(name), ports.contains(port) {
                protocols[port] = own
            } else {
                let known = ports.isEmpty ? "none" : ports.map { "\($0)" }.joined(separator: ", ")
                problems.report(path + [name], "expected one of the service's TCP ports (\(known)), found '\(name)'")
            }
        }
        return protocols
    }

    private func application(
        _ value: ComposeValue, _ path: [String], _ problems: inout Problems
    ) -> ApplicationProtocol? {
        let text = value.scalarText ?? ""
        if let application = ApplicationProtocol(rawValue: text) { return application }
        let names = ApplicationProtocol.allCases.map(\.rawValue)
        let expected = "expected one of \(names.joined(separator: ", "))"
        guard !text.isEmpty else {
            problems.report(path, expected)
            return nil
        }
        // What app_protocol calls `https` or `postgresql` has another name here.
        let meant = ApplicationProtocol(composeName: text)?.rawValue ?? nearest(text, in: names)
        problems.report(path, "\(expected), found '\(text)'", hint: meant)
        return nil
    }

    private func balance(_ problems: inout Problems) -> BalancePolicy {
        var policy = BalancePolicy()
        let fields = hale.fields("balance")
        defer {
            if policy.method == .header, policy.header == nil {
                problems.report(
                    fields.path, "expected the field's name beside the method: { method: header, header: X-Tenant }")
            }
        }
        guard hale["balance"]?.scalarText == nil else {
            policy.method = hale.choice("balance", &problems) ?? policy.method
            return policy
        }
        fields.allow(["method", "header", "slow_start"], &problems)
        policy.method = fields.choice("method", &problems) ?? policy.method
        policy.header = fields.fieldName("header", &problems)
        if policy.method != .header, fields["header"] != nil {
            problems.report(fields.path + ["header"], "is looked at with the method header alone")
        }
        policy.slowStart = fields.duration("slow_start", &problems) ?? policy.slowStart
        return policy
    }

    /// Reports what is about the heads of requests where no port of the service has any.
    static func requireHTTP(_ service: Service, _ hale: Fields, _ problems: inout Problems) {
        let speaksHTTP = ServicePorts.ports(of: service).contains { service.applicationProtocol(of: $0).isHTTP }
        guard !speaksHTTP else { return }
        let advice = "needs a port that speaks HTTP; where one does, say so: protocol: http"
        if case .adaptive = service.traffic.load.concurrency {
            problems.report(hale.path + ["limit", "concurrency"], "what adapts \(advice)")
        }
        for (index, rule) in service.traffic.load.rules.enumerated() where rule.path != nil || rule.header != nil {
            problems.report(hale.path + ["priority", "\(index)"], "a path or a header \(advice)")
        }
        if service.traffic.balance.method == .header {
            problems.report(hale.path + ["balance"], "the method header \(advice)")
        }
        if service.traffic.retry.hedging != .off {
            problems.report(hale.path + ["retry", "hedge"], "sending a request twice \(advice)")
        }
    }

    private func proxyProtocol(_ problems: inout Problems) -> ProxyProtocolPolicy {
        let fields = hale.fields("proxy_protocol")
        fields.allow(["accept", "send"], &problems)
        var policy = ProxyProtocolPolicy()
        policy.accepts = fields.flag("accept", &problems) ?? policy.accepts
        policy.sends = fields.isOff("send") ? nil : fields.choice("send", others: ["off"], &problems)
        return policy
    }

    private func timeouts(_ problems: inout Problems) -> TrafficTimeouts {
        let fields = hale.fields("timeout")
        fields.allow(["head", "response", "stream", "idle"], &problems)
        var timeouts = TrafficTimeouts()
        timeouts.head = fields.wait("head", otherwise: timeouts.head, &problems)
        timeouts.response = fields.wait("response", otherwise: timeouts.response, &problems)
        timeouts.stream = fields.wait("stream", otherwise: timeouts.stream, &problems)
        timeouts.idle = fields.wait("idle", otherwise: timeouts.idle, &problems)
        return timeouts
    }
}
