internal import Stack

// Commands and replies as flat objects, so that they can be written by hand:
//     {"command":"restart","service":"redis","grace_seconds":10}
//     {"result":"done","message":"redis is restarting"}

private enum CommandKey: String, CodingKey {
    case command, service, apply, instance, breaker, volumes, signal, seconds, flag, value, alert
    case graceSeconds = "grace_seconds"
}

private enum CommandName: String, CaseIterable, Codable {
    case apply, reload, down, heartbeat
    case start, stop, restart, kill, pause, unpause, maintenance
    case releaseQuarantine = "release_quarantine"
    case releaseStack = "release_stack"
    case pauseHealing = "pause_healing"
    case openBreaker = "open_breaker"
    case closeBreaker = "close_breaker"
    case resetBreaker = "reset_breaker"
    case setFlag = "set_flag"
    case clearFlag = "clear_flag"
    case acknowledgeAlert = "acknowledge_alert"
}

extension ControlCommand {
    /// Reads an object with `command` and what that command takes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CommandKey.self)
        let text = try container.decode(String.self, forKey: .command)
        guard let name = CommandName(rawValue: text) else {
            let known = CommandName.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                forKey: .command, in: container, debugDescription: "'\(text)' is no command; there are \(known)")
        }
        switch name {
        case .apply: self = .apply(try container.decode(ApplyRequest.self, forKey: .apply))
        case .reload: self = .reload
        case .releaseStack: self = .releaseStack
        case .down:
            self = .down(
                graceSeconds: try container.decodeSeconds(.graceSeconds),
                volumes: try container.decodeIfPresent(Bool.self, forKey: .volumes) ?? false)
        case .pauseHealing: self = .pauseHealing(seconds: try container.decodeNeededSeconds())
        case .openBreaker: self = .breaker(try container.decode(String.self, forKey: .breaker), .open)
        case .closeBreaker: self = .breaker(try container.decode(String.self, forKey: .breaker), .close)
        case .resetBreaker: self = .breaker(try container.decode(String.self, forKey: .breaker), .reset)
        case .heartbeat: self = .heartbeat(instance: try container.decode(String.self, forKey: .instance))
        case .setFlag:
            self = .setFlag(
                try container.decode(String.self, forKey: .flag), try container.decode(JSONValue.self, forKey: .value),
                seconds: try container.decodeSeconds(.seconds))
        case .clearFlag: self = .clearFlag(try container.decode(String.self, forKey: .flag))
        case .acknowledgeAlert: self = .acknowledgeAlert(try container.decode(Int64.self, forKey: .alert))
        case .start, .stop, .restart, .kill, .pause, .unpause, .maintenance, .releaseQuarantine:
            let service = try container.decode(String.self, forKey: .service)
            self = .service(service, try ServiceAction(name, container))
        }
    }

    /// Writes what `init(from:)` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CommandKey.self)
        switch self {
        case .apply(let request):
            try container.encode(CommandName.apply, forKey: .command)
            try container.encode(request, forKey: .apply)
        case .reload:
            try container.encode(CommandName.reload, forKey: .command)
        case .releaseStack:
            try container.encode(CommandName.releaseStack, forKey: .command)
        case .down(let graceSeconds, let volumes):
            try container.encode(CommandName.down, forKey: .command)
            try container.encodeIfPresent(graceSeconds, forKey: .graceSeconds)
            try container.encode(volumes, forKey: .volumes)
        case .heartbeat(let instance):
            try container.encode(CommandName.heartbeat, forKey: .command)
            try container.encode(instance, forKey: .instance)
        case .pauseHealing(let seconds):
            try container.encode(CommandName.pauseHealing, forKey: .command)
            try container.encode(seconds, forKey: .seconds)
        case .breaker(let name, let action):
            try container.encode(action.name, forKey: .command)
            try container.encode(name, forKey: .breaker)
        case .setFlag(let flag, let value, let seconds):
            try container.encode(CommandName.setFlag, forKey: .command)
            try container.encode(flag, forKey: .flag)
            try container.encode(value, forKey: .value)
            try container.encodeIfPresent(seconds, forKey: .seconds)
        case .clearFlag(let flag):
            try container.encode(CommandName.clearFlag, forKey: .command)
            try container.encode(flag, forKey: .flag)
        case .acknowledgeAlert(let id):
            try container.encode(CommandName.acknowledgeAlert, forKey: .command)
            try container.encode(id, forKey: .alert)
        case .service(let service, let action):
            try container.encode(action.name, forKey: .command)
            try container.encode(service, forKey: .service)
            try action.encodeArguments(to: &container)
        }
    }
}

extension BreakerAction {
    fileprivate var name: CommandName {
        switch self {
        case .open: .openBreaker
        case .close: .closeBreaker
        case .reset: .resetBreaker
        }
    }
}

extension ServiceAction {
    fileprivate var name: CommandName {
        switch self {
        case .start: .start
        case .stop: .stop
        case .restart: .restart
        case .kill: .kill
        case .pause: .pause
        case .unpause: .unpause
        case .maintenance: .maintenance
        case .releaseQuarantine: .releaseQuarantine
        }
    }

    fileprivate init(_ name: CommandName, _ container: KeyedDecodingContainer<CommandKey>) throws {
        switch name {
        case .start: self = .start
        case .stop: self = .stop(graceSeconds: try container.decodeSeconds(.graceSeconds))
        case .restart: self = .restart(graceSeconds: try container.decodeSeconds(.graceSeconds))
        case .kill: self = .kill(signal: try container.decodeSignal())
        case .pause: self = .pause
        case .unpause: self = .unpause
        case .maintenance: self = .maintenance(seconds: try container.decodeNeededSeconds())
        case .releaseQuarantine: self = .releaseQuarantine
        case .apply, .reload, .releaseStack, .down, .pauseHealing, .heartbeat, .openBreaker, .closeBreaker,
            .resetBreaker, .setFlag, .clearFlag, .acknowledgeAlert:
            throw DecodingError.dataCorruptedError(
                forKey: .command, in: container, debugDescription: "'\(name.rawValue)' is for no single service")
        }
    }

    fileprivate func encodeArguments(to container: inout KeyedEncodingContainer<CommandKey>) throws {
        switch self {
        case .start, .pause, .unpause, .releaseQuarantine: break
        case .stop(let graceSeconds), .restart(let graceSeconds):
            try container.encodeIfPresent(graceSeconds, forKey: .graceSeconds)
        case .kill(let signal): try container.encode(signal, forKey: .signal)
        case .maintenance(let seconds): try container.encode(seconds, forKey: .seconds)
        }
    }
}

extension KeyedDecodingContainer where Key == CommandKey {
    /// A length of time that any duration can hold: 0 to a hundred years.
    fileprivate func decodeSeconds(_ key: CommandKey) throws -> Double? {
        guard let seconds = try decodeIfPresent(Double.self, forKey: key) else { return nil }
        guard (0...3_155_760_000).contains(seconds) else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: "\(seconds) is not between 0 and 3155760000 seconds")
        }
        return seconds
    }

    fileprivate func decodeNeededSeconds() throws -> Double {
        guard let seconds = try decodeSeconds(.seconds) else {
            throw DecodingError.keyNotFound(
                CommandKey.seconds, DecodingError.Context(codingPath: codingPath, debugDescription: "no seconds"))
        }
        return seconds
    }

    /// Signals as Linux numbers them, real-time ones included.
    fileprivate func decodeSignal() throws -> Int32 {
        let signal = try decode(Int32.self, forKey: .signal)
        guard (1...64).contains(signal) else {
            throw DecodingError.dataCorruptedError(
                forKey: .signal, in: self, debugDescription: "\(signal) is no signal; they are 1 to 64")
        }
        return signal
    }
}

private enum ReplyKey: String, CodingKey {
    case result, message
}

private enum ReplyName: String, Codable {
    case done, refused, failed
    case notFound = "not_found"
}

extension ControlReply {
    /// Reads `result` and `message`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ReplyKey.self)
        let message = try container.decode(String.self, forKey: .message)
        self =
            switch try container.decode(ReplyName.self, forKey: .result) {
            case .done: .done(message)
            case .notFound: .notFound(message)
            case .refused: .refused(message)
            case .failed: .failed(message)
            }
    }

    /// Writes what `init(from:)` reads.
    public func encode(to encoder: any Encoder) throws {
        let (result, message): (ReplyName, String) =
            switch self {
            case .done(let message): (.done, message)
            case .notFound(let message): (.notFound, message)
            case .refused(let message): (.refused, message)
            case .failed(let message): (.failed, message)
            }
        var container = encoder.container(keyedBy: ReplyKey.self)
        try container.encode(result, forKey: .result)
        try container.encode(message, forKey: .message)
    }
}
