internal import Stack

extension TrafficPolicy: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init()
        breaker = try BreakerPolicy(from: &decoder)
        slow = try SlowCalls(from: &decoder)
        balance = try BalancePolicy(from: &decoder)
        retry = try RetryPolicy(from: &decoder)
        holdCount = try decoder.count()
        ramp = try decoder.duration()
        load = try LoadPolicy(from: &decoder)
        proxyProtocol.accepts = try decoder.flag()
        proxyProtocol.sends = try decoder.optional { decoder throws(DecodingFailure) in
            guard let version = ProxyProtocolVersion(rawValue: try decoder.text()) else { throw DecodingFailure() }
            return version
        }
        timeouts = try TrafficTimeouts(from: &decoder)
        bodyLimit = try decoder.optional { decoder throws(DecodingFailure) in try decoder.integer() }
        fallback = try decoder.list { decoder throws(DecodingFailure) in try FallbackStep(from: &decoder) }
        accessLog = try decoder.optional { decoder throws(DecodingFailure) in try AccessLogPolicy(from: &decoder) }
        tls = try decoder.optional { decoder throws(DecodingFailure) in try TLSTerminationPolicy(from: &decoder) }
        upstreamTLS = try decoder.optional { decoder throws(DecodingFailure) in
            try TLSOriginationPolicy(from: &decoder)
        }
    }

    /// Without the protocols, which every route carries by itself.
    func encode(to encoder: inout Encoder) {
        breaker.encode(to: &encoder)
        slow.encode(to: &encoder)
        balance.encode(to: &encoder)
        retry.encode(to: &encoder)
        encoder.put(count: holdCount)
        encoder.put(ramp)
        load.encode(to: &encoder)
        encoder.put(proxyProtocol.accepts)
        encoder.put(proxyProtocol.sends) { encoder, version in encoder.put(version.rawValue) }
        timeouts.encode(to: &encoder)
        encoder.put(bodyLimit) { encoder, limit in encoder.put(limit) }
        encoder.put(fallback) { encoder, step in step.encode(to: &encoder) }
        encoder.put(accessLog) { encoder, policy in policy.encode(to: &encoder) }
        encoder.put(tls) { encoder, policy in policy.encode(to: &encoder) }
        encoder.put(upstreamTLS) { encoder, policy in policy.encode(to: &encoder) }
    }
}

extension BreakerPolicy: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init()
        guard let mode = Mode(rawValue: try decoder.text()) else { throw DecodingFailure() }
        self.mode = mode
        failureRate = try decoder.double()
        slowCallRate = try decoder.double()
        slowThreshold = try decoder.optionalDuration()
        window = try Window(from: &decoder)
        minimumCalls = try decoder.count()
        consecutiveFailures = try decoder.optional { decoder throws(DecodingFailure) in try decoder.count() }
        open = try decoder.duration()
        openCap = try decoder.duration()
        resetAfter = try decoder.duration()
        halfOpenPermits = try decoder.count()
        permitLease = try decoder.duration()
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(mode.rawValue)
        encoder.put(failureRate)
        encoder.put(slowCallRate)
        encoder.put(slowThreshold) { encoder, duration in encoder.put(duration) }
        window.encode(to: &encoder)
        encoder.put(count: minimumCalls)
        encoder.put(consecutiveFailures) { encoder, count in encoder.put(count: count) }
        for duration in [open, openCap, resetAfter] { encoder.put(duration) }
        encoder.put(count: halfOpenPermits)
        encoder.put(permitLease)
    }
}

extension SlowCalls: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        switch try decoder.integer(UInt8.self) {
        case 1: self = .automatic
        case 2: self = .after(try decoder.duration())
        case 3: self = .never
        case _: throw DecodingFailure()
        }
    }

    func encode(to encoder: inout Encoder) {
        switch self {
        case .automatic: encoder.put(UInt8(1))
        case .after(let threshold):
            encoder.put(UInt8(2))
            encoder.put(threshold)
        case .never: encoder.put(UInt8(3))
        }
    }
}

extension BalancePolicy: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init()
        guard let method = Method(rawValue: try decoder.text()) else { throw DecodingFailure() }
        self.method = method
        header = try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() }
        slowStart = try decoder.duration()
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(method.rawValue)
        encoder.put(header) { encoder, name in encoder.put(name) }
        encoder.put(slowStart)
    }
}

extension BreakerPolicy.Window: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        switch try decoder.integer(UInt8.self) {
        case 1: self = .count(try decoder.count())
        case 2: self = .time(try decoder.duration())
        case _: throw DecodingFailure()
        }
    }

    func encode(to encoder: inout Encoder) {
        switch self {
        case .count(let calls):
            encoder.put(UInt8(1))
            encoder.put(count: calls)
        case .time(let duration):
            encoder.put(UInt8(2))
            encoder.put(duration)
        }
    }
}

extension RetryPolicy: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init()
        attempts = try decoder.count()
        budget = try decoder.double()
        floor = try decoder.count()
        methods = Set(try decoder.list { decoder throws(DecodingFailure) in try decoder.text() })
        hedging = try Hedging(from: &decoder)
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(count: attempts)
        encoder.put(budget)
        encoder.put(count: floor)
        encoder.put(methods.sorted()) { encoder, method in encoder.put(method) }
        hedging.encode(to: &encoder)
    }
}

extension Hedging: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        switch try decoder.integer(UInt8.self) {
        case 1: self = .off
        case 2: self = .percentile95
        case 3: self = .after(try decoder.duration())
        case _: throw DecodingFailure()
        }
    }

    func encode(to encoder: inout Encoder) {
        switch self {
        case .off: encoder.put(UInt8(1))
        case .percentile95: encoder.put(UInt8(2))
        case .after(let delay):
            encoder.put(UInt8(3))
            encoder.put(delay)
        }
    }
}

extension TrafficTimeouts: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init()
        head = try decoder.optionalDuration()
        response = try decoder.optionalDuration()
        stream = try decoder.optionalDuration()
        idle = try decoder.optionalDuration()
    }

    func encode(to encoder: inout Encoder) {
        for duration in [head, response, stream, idle] {
            encoder.put(duration) { encoder, duration in encoder.put(duration) }
        }
    }
}

extension ApplicationProtocol: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        guard let value = Self(rawValue: try decoder.text()) else { throw DecodingFailure() }
        self = value
    }

    func encode(to encoder: inout Encoder) { encoder.put(rawValue) }
}

extension Encoder {
    mutating func put(count: Int) { put(Int64(count)) }
}

extension Decoder {
    /// A number that is not negative.
    mutating func count() throws(DecodingFailure) -> Int {
        guard let count = Int(exactly: try integer(Int64.self)), count >= 0 else { throw DecodingFailure() }
        return count
    }

    fileprivate mutating func optionalDuration() throws(DecodingFailure) -> Duration? {
        try optional { decoder throws(DecodingFailure) in try decoder.duration() }
    }
}
