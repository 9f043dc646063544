internal import Stack

extension KeeperRequest: Message, WireValue {
    /// The value that `encoded` wrote; nil where the bytes are not one.
    public init?(decoding bytes: [UInt8]) {
        guard let value = Self.read(bytes) else { return nil }
        self = value
    }

    /// The value as bytes.
    public func encoded() -> [UInt8] { message() }

    init(from decoder: inout Decoder) throws(DecodingFailure) {
        switch try decoder.integer(UInt8.self) {
        case 1: self = .hello(try Role(from: &decoder))
        case 2: self = .spawn(try SpawnRequest(from: &decoder))
        case 3:
            let process = try ProcessID(from: &decoder)
            let signal = try decoder.integer(Int32.self)
            guard let scope = SignalScope(rawValue: try decoder.integer()) else { throw DecodingFailure() }
            self = .signal(process: process, signal: signal, scope: scope)
        case 4: self = .freeze(process: try ProcessID(from: &decoder), frozen: try decoder.flag())
        case 5: self = .acknowledgeExit(process: try ProcessID(from: &decoder))
        case 6: self = .listen(try ListenRequest(from: &decoder))
        case 7: self = .closeListener(key: try decoder.text())
        case 8: self = .shutDown(killChildren: try decoder.flag())
        case 9:
            self = .standingOrder(
                process: try ProcessID(from: &decoder),
                next: Int(truncatingIfNeeded: try decoder.integer(Int64.self)), onlyAfterFailure: try decoder.flag())
        case 10: self = .revokeStandingOrder(process: try ProcessID(from: &decoder))
        case 11: self = .allowStandingOrder(try decoder.flag())
        case 12: self = .heartbeat
        case _: throw DecodingFailure()
        }
    }

    func encode(to encoder: inout Encoder) {
        switch self {
        case .hello(let role):
            encoder.put(UInt8(1))
            role.encode(to: &encoder)
        case .spawn(let request):
            encoder.put(UInt8(2))
            request.encode(to: &encoder)
        case .signal(let process, let signal, let scope):
            encoder.put(UInt8(3))
            process.encode(to: &encoder)
            encoder.put(signal)
            encoder.put(scope.rawValue)
        case .freeze(let process, let frozen):
            encoder.put(UInt8(4))
            process.encode(to: &encoder)
            encoder.put(frozen)
        case .acknowledgeExit(let process):
            encoder.put(UInt8(5))
            process.encode(to: &encoder)
        case .listen(let request):
            encoder.put(UInt8(6))
            request.encode(to: &encoder)
        case .closeListener(let key):
            encoder.put(UInt8(7))
            encoder.put(key)
        case .shutDown(let killChildren):
            encoder.put(UInt8(8))
            encoder.put(killChildren)
        case .standingOrder(let process, let next, let onlyAfterFailure):
            encoder.put(UInt8(9))
            process.encode(to: &encoder)
            encoder.put(Int64(next))
            encoder.put(onlyAfterFailure)
        case .revokeStandingOrder(let process):
            encoder.put(UInt8(10))
            process.encode(to: &encoder)
        case .allowStandingOrder(let allowed):
            encoder.put(UInt8(11))
            encoder.put(allowed)
        case .heartbeat: encoder.put(UInt8(12))
        }
    }
}

extension KeeperEvent: Message, WireValue {
    /// The value that `encoded` wrote; nil where the bytes are not one.
    public init?(decoding bytes: [UInt8]) {
        guard let value = Self.read(bytes) else { return nil }
        self = value
    }

    /// The value as bytes.
    public func encoded() -> [UInt8] { message() }

    init(from decoder: inout Decoder) throws(DecodingFailure) {
        switch try decoder.integer(UInt8.self) {
        case 1:
            let children = try decoder.list { decoder throws(DecodingFailure) in try ChildRecord(from: &decoder) }
            let listeners = try decoder.list { decoder throws(DecodingFailure) in try decoder.text() }
            self = .welcome(children: children, listeners: listeners)
        case 2:
            self = .spawned(
                process: try ProcessID(from: &decoder), pid: try decoder.integer(), startTime: try decoder.integer())
        case 3: self = .spawnFailed(process: try ProcessID(from: &decoder), reason: try decoder.text())
        case 4: self = .exited(try ExitRecord(from: &decoder))
        case 5: self = .notified(process: try ProcessID(from: &decoder), text: try decoder.text())
        case 6: self = .listening(key: try decoder.text(), port: try decoder.integer())
        case 7: self = .listenFailed(key: try decoder.text(), reason: try decoder.text())
        case 8: self = .listenerClosed(key: try decoder.text())
        case 9:
            self = .roleRestarted(
                try Role(from: &decoder), pid: try decoder.integer(), reason: try decoder.text())
        case 10: self = .notice(try decoder.text())
        case 11: self = .standingOrdersWithdrawn
        case 12: self = .noticeEnded(try decoder.text())
        case 13: self = .heartbeat
        case _: throw DecodingFailure()
        }
    }

    func encode(to encoder: inout Encoder) {
        switch self {
        case .welcome(let children, let listeners):
            encoder.put(UInt8(1))
            encoder.put(children) { encoder, child in child.encode(to: &encoder) }
            encoder.put(listeners) { encoder, key in encoder.put(key) }
        case .spawned(let process, let pid, let startTime):
            encoder.put(UInt8(2))
            process.encode(to: &encoder)
            encoder.put(pid)
            encoder.put(startTime)
        case .spawnFailed(let process, let reason):
            encoder.put(UInt8(3))
            process.encode(to: &encoder)
            encoder.put(reason)
        case .exited(let record):
            encoder.put(UInt8(4))
            record.encode(to: &encoder)
        case .notified(let process, let text):
            encoder.put(UInt8(5))
            process.encode(to: &encoder)
            encoder.put(text)
        case .listening(let key, let port):
            encoder.put(UInt8(6))
            encoder.put(key)
            encoder.put(port)
        case .listenFailed(let key, let reason):
            encoder.put(UInt8(7))
            encoder.put(key)
            encoder.put(reason)
        case .listenerClosed(let key):
            encoder.put(UInt8(8))
            encoder.put(key)
        case .roleRestarted(let role, let pid, let reason):
            encoder.put(UInt8(9))
            role.encode(to: &encoder)
            encoder.put(pid)
            encoder.put(reason)
        case .notice(let sentence):
            encoder.put(UInt8(10))
            encoder.put(sentence)
        case .standingOrdersWithdrawn: encoder.put(UInt8(11))
        case .noticeEnded(let sentence):
            encoder.put(UInt8(12))
            encoder.put(sentence)
        case .heartbeat: encoder.put(UInt8(13))
        }
    }
}
