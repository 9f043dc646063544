internal import Stack

extension LoadPolicy: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init()
        concurrency = try ConcurrencyPolicy(from: &decoder)
        perClient = try decoder.optional { decoder throws(DecodingFailure) in try decoder.count() }
        priority = try decoder.count()
        rules = try decoder.list { decoder throws(DecodingFailure) in try PriorityRule(from: &decoder) }
    }

    func encode(to encoder: inout Encoder) {
        concurrency.encode(to: &encoder)
        encoder.put(perClient) { encoder, count in encoder.put(count: count) }
        encoder.put(count: priority)
        encoder.put(rules) { encoder, rule in rule.encode(to: &encoder) }
    }
}

extension ConcurrencyPolicy: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        switch try decoder.integer(UInt8.self) {
        case 1: self = .unlimited
        case 2: self = .fixed(try decoder.count())
        case 3:
            guard let method = AdaptiveConcurrency.Method(rawValue: try decoder.text()) else { throw DecodingFailure() }
            var adaptive = AdaptiveConcurrency(method)
            adaptive.initial = try decoder.count()
            adaptive.min = try decoder.count()
            adaptive.max = try decoder.count()
            self = .adaptive(adaptive)
        case _: throw DecodingFailure()
        }
    }

    func encode(to encoder: inout Encoder) {
        switch self {
        case .unlimited: encoder.put(UInt8(1))
        case .fixed(let limit):
            encoder.put(UInt8(2))
            encoder.put(count: limit)
        case .adaptive(let adaptive):
            encoder.put(UInt8(3))
            encoder.put(adaptive.method.rawValue)
            for count in [adaptive.initial, adaptive.min, adaptive.max] { encoder.put(count: count) }
        }
    }
}

extension PriorityRule: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(priority: try decoder.count())
        port = try decoder.optional { decoder throws(DecodingFailure) in try decoder.count() }
        path = try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() }
        header = try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() }
        value = try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() }
        client = try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() }
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(count: priority)
        encoder.put(port) { encoder, port in encoder.put(count: port) }
        for text in [path, header, value, client] { encoder.put(text) { encoder, text in encoder.put(text) } }
    }
}
