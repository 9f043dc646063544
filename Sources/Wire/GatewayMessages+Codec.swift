internal import Stack

extension GatewayConfiguration: Message, WireValue {
    /// The value that `encoded` wrote; nil where the bytes are not one.
    public init?(decoding bytes: [UInt8]) {
        guard let value = Self.read(bytes) else { return nil }
        self = value
    }

    /// The value as bytes.
    public func encoded() -> [UInt8] { message() }

    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(
            routes: try decoder.list { decoder throws(DecodingFailure) in try Route(from: &decoder) },
            isComplete: try decoder.flag())
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(routes) { encoder, route in route.encode(to: &encoder) }
        encoder.put(isComplete)
    }
}

extension GatewayConfiguration.Route: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(
            service: try decoder.text(), target: try decoder.integer(),
            listeners: try decoder.list { decoder throws(DecodingFailure) in try decoder.text() },
            state: try GatewayConfiguration.State(from: &decoder), hold: try decoder.duration(),
            application: try ApplicationProtocol(from: &decoder), traffic: try TrafficPolicy(from: &decoder))
        introduced = try decoder.list { decoder throws(DecodingFailure) in try decoder.text() }
        encrypted = try decoder.list { decoder throws(DecodingFailure) in try decoder.text() }
        let keys = try decoder.list { decoder throws(DecodingFailure) in try decoder.text() }
        let services = try decoder.list { decoder throws(DecodingFailure) in try decoder.text() }
        clients = Dictionary(zip(keys, services)) { first, _ in first }
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(service)
        encoder.put(target)
        encoder.put(listeners) { encoder, key in encoder.put(key) }
        state.encode(to: &encoder)
        encoder.put(hold)
        application.encode(to: &encoder)
        traffic.encode(to: &encoder)
        encoder.put(introduced) { encoder, key in encoder.put(key) }
        encoder.put(encrypted) { encoder, key in encoder.put(key) }
        let clients = clients.sorted { $0.key < $1.key }
        encoder.put(clients.map(\.key)) { encoder, key in encoder.put(key) }
        encoder.put(clients.map(\.value)) { encoder, service in encoder.put(service) }
    }
}

extension GatewayConfiguration.State: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        switch try decoder.integer(UInt8.self) {
        case 1:
            self = .open(
                try decoder.list { decoder throws(DecodingFailure) in
                    try GatewayConfiguration.Backend(from: &decoder)
                })
        case 2: self = .held
        case 3: self = .refused
        case _: throw DecodingFailure()
        }
    }

    func encode(to encoder: inout Encoder) {
        switch self {
        case .open(let backends):
            encoder.put(UInt8(1))
            encoder.put(backends) { encoder, backend in backend.encode(to: &encoder) }
        case .held: encoder.put(UInt8(2))
        case .refused: encoder.put(UInt8(3))
        }
    }
}

extension GatewayConfiguration.Backend: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(
            address: try decoder.text(), port: try decoder.integer(), run: try decoder.count(),
            instance: try decoder.optional { decoder throws(DecodingFailure) in try InstanceID(from: &decoder) },
            serverName: try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() },
            network: try decoder.optional { decoder throws(DecodingFailure) in try decoder.text() })
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(address)
        encoder.put(port)
        encoder.put(count: run)
        encoder.put(instance) { encoder, instance in instance.encode(to: &encoder) }
        encoder.put(serverName) { encoder, name in encoder.put(name) }
        encoder.put(network) { encoder, path in encoder.put(path) }
    }
}

extension GatewayCounters: Message, WireValue {
    /// The value that `encoded` wrote; nil where the bytes are not one.
    public init?(decoding bytes: [UInt8]) {
        guard let value = Self.read(bytes) else { return nil }
        self = value
    }

    /// The value as bytes.
    public func encoded() -> [UInt8] { message() }

    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(
            routes: try decoder.list { decoder throws(DecodingFailure) in try Route(from: &decoder) },
            backends: try decoder.list { decoder throws(DecodingFailure) in
                Backend(
                    address: try decoder.text(), port: try decoder.integer(), connections: try decoder.integer())
            })
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(routes) { encoder, route in route.encode(to: &encoder) }
        encoder.put(backends) { encoder, backend in
            encoder.put(backend.address)
            encoder.put(backend.port)
            encoder.put(backend.connections)
        }
    }
}

extension GatewayCounters.Route: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init(service: try decoder.text(), target: try decoder.integer())
        active = try decoder.integer()
        held = try decoder.integer()
        accepted = try decoder.integer()
        refused = try decoder.integer()
        released = try decoder.integer()
        bytesIn = try decoder.integer()
        bytesOut = try decoder.integer()
        shed = try decoder.integer()
        clientLimited = try decoder.integer()
        limit = try decoder.optional { decoder throws(DecodingFailure) in try decoder.integer() }
        http = try GatewayCounters.Requests(from: &decoder)
        tls = try decoder.optional { decoder throws(DecodingFailure) in
            try GatewayCounters.Handshakes(from: &decoder)
        }
        queue = try decoder.optional { decoder throws(DecodingFailure) in try GatewayCounters.Queue(from: &decoder) }
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(service)
        encoder.put(target)
        for count in [active, held, accepted, refused, released, bytesIn, bytesOut, shed, clientLimited] {
            encoder.put(count)
        }
        encoder.put(limit) { encoder, limit in encoder.put(limit) }
        http.encode(to: &encoder)
        encoder.put(tls) { encoder, tls in tls.encode(to: &encoder) }
        encoder.put(queue) { encoder, queue in queue.encode(to: &encoder) }
    }
}

extension GatewayCounters.Queue: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init()
        for place in tickets.indices { tickets[place] = try decoder.integer() }
        bytes = try decoder.integer()
        accepted = try decoder.integer()
        refused = try decoder.integer()
        delivered = try decoder.integer()
        failed = try decoder.integer()
        expired = try decoder.integer()
    }

    func encode(to encoder: inout Encoder) {
        for count in tickets { encoder.put(count) }
        for count in [bytes, accepted, refused, delivered, failed, expired] { encoder.put(count) }
    }
}

extension GatewayCounters.Requests: WireValue {
    init(from decoder: inout Decoder) throws(DecodingFailure) {
        self.init()
        total = try decoder.integer()
        for place in statuses.indices { statuses[place] = try decoder.integer() }
        retries = try decoder.integer()
        hedges = try decoder.integer()
        hedgesWon = try decoder.integer()
        failed = try decoder.integer()
        timeouts = try decoder.integer()
        truncated = try decoder.integer()
        malformed = try decoder.integer()
        for place in fallbacks.indices { fallbacks[place] = try decoder.integer() }
    }

    func encode(to encoder: inout Encoder) {
        encoder.put(total)
        for count in statuses { encoder.put(count) }
        for count in [retries, hedges, hedgesWon, failed, timeouts, truncated, malformed] { encoder.put(count) }
        for count in fallbacks { encoder.put(count) }
    }
}
