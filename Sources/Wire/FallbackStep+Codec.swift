internal import Stack

extension FallbackStep: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        switch try decoder.integer(UInt8.self) {
        case 1:
            self = .service(
                try decoder.text(), port: try decoder.integer(),
                model: try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() })
        case 2: self = .answer(try StaticAnswer(from: &decoder))
        case 3: self = .model(try decoder.text())
        case 5:
            self = .url(
                FallbackURL(
                    host: try decoder.text(), port: try decoder.integer(), prefix: try decoder.text(),
                    isEncrypted: try decoder.flag()))
        case 4: self = .stale(try StaleAnswers(from: &decoder))
        case 6: self = .queue(try QueuePolicy(from: &decoder))
        case _: throw DecodingFailure()
        }
    }

    func encode(to encoder: inout Encoder) {
        switch self {
        case .service(let name, let port, let model):
            encoder.put(UInt8(1))
            encoder.put(name)
            encoder.put(port)
            encoder.put(model) { encoder, model in encoder.put(model) }
        case .answer(let answer):
            encoder.put(UInt8(2))
            answer.encode(to: &encoder)
        case .model(let model):
            encoder.put(UInt8(3))
            encoder.put(model)
        case .url(let url):
            encoder.put(UInt8(5))
            encoder.put(url.host)
            encoder.put(url.port)
            encoder.put(url.prefix)
            encoder.put(url.isEncrypted)
        case .stale(let stale):
            encoder.put(UInt8(4))
            stale.encode(to: &encoder)
        case .queue(let queue):
            encoder.put(UInt8(6))
            queue.encode(to: &encoder)
        }
    }
}

extension StaleAnswers: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(age: try decoder.optional { decoder throws(DecodingFailure) in try decoder.duration() })
        size = try decoder.integer()
        entry = try decoder.integer()
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(age) { encoder, age in encoder.put(age) }
        encoder.put(size)
        encoder.put(entry)
    }
}

extension QueuePolicy: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init()
        methods = Set(try decoder.list { decoder throws(DecodingFailure) in try decoder.text() })
        paths = try decoder.list { decoder throws(DecodingFailure) in try decoder.text() }
        count = try decoder.count()
        size = try decoder.integer()
        body = try decoder.integer()
        keep = try decoder.duration()
        attempts = try decoder.count()
        concurrency = try decoder.count()
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(methods.sorted()) { encoder, method in encoder.put(method) }
        encoder.put(paths) { encoder, path in encoder.put(path) }
        encoder.put(count: count)
        encoder.put(size)
        encoder.put(body)
        encoder.put(keep)
        encoder.put(count: attempts)
        encoder.put(count: concurrency)
    }
}

extension StaticAnswer: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(status: try decoder.count(), body: try decoder.text(), contentType: try decoder.text())
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(count: status)
        encoder.put(body)
        encoder.put(contentType)
    }
}
