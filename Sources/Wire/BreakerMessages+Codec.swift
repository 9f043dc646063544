internal import Stack

extension GatewayReport: Message, WireValue {
    /// The value that `encoded` wrote; nil where the bytes are not one.
    public init?(decoding bytes: [UInt8]) {
        guard let value = Self.read(bytes) else { return nil }
        self = value
    }

    /// The value as bytes.
    public func encoded() -> [UInt8] { message() }

    init(from decoder: inout Decoder) throws(DecodingFailure) {
        switch try decoder.integer(UInt8.self) {
        case 1: self = .counters(try GatewayCounters(from: &decoder))
        case 2:
            self = .breakers(
                try decoder.list { decoder throws(DecodingFailure) in try BreakerRecord(from: &decoder) })
        case 3: self = .trouble(try GatewayTrouble(from: &decoder))
        case 4: self = .calls(try GatewayCalls(from: &decoder))
        case _: throw DecodingFailure()
        }
    }

    func encode(to encoder: inout Encoder) {
        switch self {
        case .counters(let counters):
            encoder.put(UInt8(1))
            counters.encode(to: &encoder)
        case .breakers(let breakers):
            encoder.put(UInt8(2))
            encoder.put(breakers) { encoder, breaker in breaker.encode(to: &encoder) }
        case .trouble(let trouble):
            encoder.put(UInt8(3))
            trouble.encode(to: &encoder)
        case .calls(let calls):
            encoder.put(UInt8(4))
            calls.encode(to: &encoder)
        }
    }
}

extension GatewayTrouble: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(
            service: try decoder.text(), backend: try GatewayConfiguration.Backend(from: &decoder),
            reason: try decoder.text())
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(service)
        backend.encode(to: &encoder)
        encoder.put(reason)
    }
}

extension BreakerRecord: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        let (service, target) = (try decoder.text(), try decoder.integer(UInt16.self))
        let backend = try GatewayConfiguration.Backend(from: &decoder)
        guard let state = BreakerState(rawValue: try decoder.text()) else { throw DecodingFailure() }
        self.init(service: service, target: target, backend: backend, state: state)
        openUntil = try decoder.optional { decoder throws(DecodingFailure) in
            Instant(nanoseconds: try decoder.integer())
        }
        pending = try decoder.integer()
        failureRate = try decoder.optional { decoder throws(DecodingFailure) in try decoder.double() }
        slowCallRate = try decoder.optional { decoder throws(DecodingFailure) in try decoder.double() }
        trips = try decoder.integer()
        rejections = try decoder.integer()
        successes = try decoder.integer()
        failures = try decoder.integer()
        slowCalls = try decoder.integer()
        lastFailure = try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() }
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(service)
        encoder.put(target)
        backend.encode(to: &encoder)
        encoder.put(state.rawValue)
        encoder.put(openUntil) { encoder, instant in encoder.put(instant.nanoseconds) }
        encoder.put(pending)
        encoder.put(failureRate) { encoder, rate in encoder.put(rate) }
        encoder.put(slowCallRate) { encoder, rate in encoder.put(rate) }
        for count in [trips, rejections, successes, failures, slowCalls] { encoder.put(count) }
        encoder.put(lastFailure) { encoder, text in encoder.put(text) }
    }
}

extension GatewayInstruction: Message, WireValue {
    /// The value that `encoded` wrote; nil where the bytes are not one.
    public init?(decoding bytes: [UInt8]) {
        guard let value = Self.read(bytes) else { return nil }
        self = value
    }

    /// The value as bytes.
    public func encoded() -> [UInt8] { message() }

    init(from decoder: inout Decoder) throws(DecodingFailure) {
        switch try decoder.integer(UInt8.self) {
        case 1: self = .configuration(try GatewayConfiguration(from: &decoder))
        case 2: self = .breaker(try BreakerOrder(from: &decoder))
        case _: throw DecodingFailure()
        }
    }

    func encode(to encoder: inout Encoder) {
        switch self {
        case .configuration(let configuration):
            encoder.put(UInt8(1))
            configuration.encode(to: &encoder)
        case .breaker(let order):
            encoder.put(UInt8(2))
            order.encode(to: &encoder)
        }
    }
}

extension BreakerOrder: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        let service = try decoder.text()
        let address = try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() }
        guard let action = BreakerAction(rawValue: try decoder.text()) else { throw DecodingFailure() }
        self.init(service: service, address: address, action: action)
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(service)
        encoder.put(address) { encoder, address in encoder.put(address) }
        encoder.put(action.rawValue)
    }
}
