internal import Compose
internal import Stack

/// One field of the JSON object that an action takes; all of them are numbers.
struct BodyField: Equatable {
    let name: String
    let range: ClosedRange<Double>
    var isWhole = false
    var isRequired = false
    /// One sentence for the OpenAPI document.
    let meaning: String

    /// About thirty years, which any duration can hold in nanoseconds.
    static let mostSeconds: Double = 999_999_999

    static let grace = BodyField(
        name: "grace_seconds", range: 0...mostSeconds,
        meaning: "How long it may take to end by itself, in place of its stop_grace_period.")
    static let span = BodyField(
        name: "for_seconds", range: 0...mostSeconds, isRequired: true,
        meaning: "How long it is left alone, from now; 0 ends it.")
    static let signal = BodyField(
        name: "signal", range: 1...64, isWhole: true, meaning: "The number of the signal; 9 (SIGKILL) if not given.")
}

extension Endpoint {
    /// The fields of the body it takes, or nil where it takes no such body.
    var bodyFields: [BodyField]? {
        switch self {
        case .stop, .restart: [.grace]
        case .maintenance: [.span]
        case .kill: [.signal]
        case .start, .pause, .unpause, .release, .openBreaker, .closeBreaker, .resetBreaker, .clearFlag,
            .acknowledgeAlert:
            []
        case .status, .liveness, .readiness, .version, .metrics, .openAPI, .overview, .session, .openSession,
            .closeSession, .services, .service, .explanation, .breakers, .breaker, .events, .incidents, .incident,
            .instanceHeartbeat, .serviceHeartbeat, .flags, .setFlag, .alerts, .evaluateFlag, .evaluateFlags, .commands,
            .apply:
            nil
        }
    }

    /// Whether its body has to say that it is JSON.
    var takesJSON: Bool { bodyFields != nil || self == .setFlag || self == .openSession || isEvaluation }

    /// What it does to a service, or nil where it is no action.
    func action(_ body: ActionBody) -> ServiceAction? {
        switch self {
        case .start: .start
        case .stop: .stop(graceSeconds: body[.grace])
        case .restart: .restart(graceSeconds: body[.grace])
        case .kill: .kill(signal: body[.signal].flatMap { Int32(exactly: $0) } ?? 9)
        case .pause: .pause
        case .unpause: .unpause
        case .maintenance: body[.span].map { .maintenance(seconds: $0) }
        case .release: .releaseQuarantine
        case .status, .liveness, .readiness, .version, .metrics, .openAPI, .overview, .session, .openSession,
            .closeSession, .services, .service, .explanation, .breakers, .breaker, .openBreaker, .closeBreaker,
            .resetBreaker, .events, .incidents, .incident, .instanceHeartbeat, .serviceHeartbeat, .flags, .setFlag,
            .clearFlag, .alerts, .acknowledgeAlert, .evaluateFlag, .evaluateFlags, .commands, .apply:
            nil
        }
    }
}

extension Endpoint {
    /// What it does to breakers, or nil where it does nothing to them.
    var breakerAction: BreakerAction? {
        switch self {
        case .openBreaker: .open
        case .closeBreaker: .close
        case .resetBreaker: .reset
        case .start, .stop, .restart, .kill, .pause, .unpause, .maintenance, .release, .status, .liveness,
            .readiness, .version, .metrics, .openAPI, .overview, .session, .openSession, .closeSession, .services,
            .service, .explanation, .breakers, .breaker, .events, .incidents, .incident, .instanceHeartbeat,
            .serviceHeartbeat, .flags, .setFlag, .clearFlag, .alerts, .acknowledgeAlert, .evaluateFlag, .evaluateFlags,
            .commands, .apply:
            nil
        }
    }
}

/// The numbers in the body of an action, all of them valid. No body counts as an empty object.
struct ActionBody: Equatable {
    private var numbers: [String: Double] = [:]

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { return nil }
    }

    /// Reads the body of a request that takes `fields`; what it throws is said by `JSONText.explain`.
    init(_ bytes: [UInt8], fields: [BodyField]) throws {
        if !bytes.isEmpty { numbers = try JSONText.decode(Fields.self, from: bytes).numbers }
        let known = fields.map(\.name)
        for name in numbers.keys.sorted() where !known.contains(name) {
            let hint = nearest(name, in: known).map { "did you mean '\($0)'?" } ?? "there are: \(known)"
            throw Self.problem("there is no field '\(name.prefix(60))'; \(hint)")
        }
        for field in fields { try check(field) }
    }

    subscript(field: BodyField) -> Double? { numbers[field.name] }

    private func check(_ field: BodyField) throws {
        guard let number = numbers[field.name] else {
            guard field.isRequired else { return }
            throw Self.problem(#"'\#(field.name)' is missing; send a body such as {"\#(field.name)": 60}"#)
        }
        guard field.range.contains(number), !field.isWhole || number == number.rounded() else {
            let (low, high) = (Int64(field.range.lowerBound), Int64(field.range.upperBound))
            throw Self.problem(
                "'\(field.name)' should be a \(field.isWhole ? "whole " : "")number from \(low) to \(high)")
        }
    }

    private static func problem(_ text: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: text))
    }

    /// Any object of numbers.
    private struct Fields: Decodable {
        var numbers: [String: Double] = [:]

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            for key in container.allKeys { numbers[key.stringValue] = try container.decode(Double.self, forKey: key) }
        }
    }
}
