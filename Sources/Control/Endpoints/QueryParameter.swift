internal import Stack
internal import Compose

/// One argument that an endpoint takes in its query.
struct QueryParameter: Equatable {
    enum Kind: Equatable {
        /// On as `name` and `name=true`, off as `name=false` and where it is not given.
        case flag
        case integer(ClosedRange<Int64>)
        /// A time as RFC 3339.
        case time
        /// Any text; may be given several times.
        case texts
        case choice([String])
    }

    /// More values of one argument than this are refused.
    static let mostTexts = 64

    let name: String
    let kind: Kind
    /// One sentence for the OpenAPI document.
    let meaning: String

    static let dryRun = QueryParameter(
        name: "dry_run", kind: .flag, meaning: "Say what would be done and do nothing.")
    static let verbose = QueryParameter(name: "verbose", kind: .texts, meaning: "List the services; any value does.")
    static let after = QueryParameter(
        name: "after", kind: .integer(0...Int64.max), meaning: "Only events with a larger id; a page's `next_after`.")
    static let before = QueryParameter(
        name: "before", kind: .integer(0...Int64.max), meaning: "Only those with a smaller id; a page's `next_before`.")
    static let since = QueryParameter(name: "since", kind: .time, meaning: "Only events at that time or later.")
    static let until = QueryParameter(name: "until", kind: .time, meaning: "Only events before that time.")
    static let service = QueryParameter(
        name: "service", kind: .texts, meaning: "Only events about that service; given again, about any of them.")
    static let kind = QueryParameter(
        name: "kind", kind: .texts, meaning: "Only events of that kind; given again, of any of them.")
    static let incident = QueryParameter(
        name: "incident", kind: .integer(0...Int64.max), meaning: "Only events of that incident.")
    static let limit = QueryParameter(
        name: "limit", kind: .integer(1...1000), meaning: "The most that one page holds; 100 where it is not given.")
    static let order = QueryParameter(
        name: "order", kind: .choice(["asc", "desc"]), meaning: "`asc`: the oldest first. `desc`: the newest first.")
    static let follow = QueryParameter(
        name: "follow", kind: .flag,
        meaning: "Answer with server-sent events without end, as with `Accept: text/event-stream`.")
    static let open = QueryParameter(name: "open", kind: .flag, meaning: "Only incidents that are not over.")
}

extension Endpoint {
    /// What it takes in its query.
    var parameters: [QueryParameter] {
        switch self {
        case .start, .stop, .restart, .kill, .pause, .unpause, .maintenance, .release, .openBreaker, .closeBreaker,
            .resetBreaker:
            [.dryRun]
        case .events:
            [.after, .before, .since, .until, .service, .kind, .incident, .limit, .order, .follow]
        case .incidents: [.before, .limit, .open]
        case .readiness: [.verbose]
        case .status, .liveness, .version, .metrics, .openAPI, .overview, .session, .openSession, .closeSession,
            .services, .service, .explanation, .breakers, .breaker, .incident, .instanceHeartbeat, .serviceHeartbeat,
            .flags, .setFlag, .clearFlag, .alerts, .acknowledgeAlert, .evaluateFlag, .evaluateFlags, .commands, .apply:
            []
        }
    }

    /// Whether it refuses arguments that it does not know. What is asked by monitors of all kinds is lenient.
    var isStrict: Bool { rawValue.hasPrefix("/v1/") }
}

/// Why a query is refused: which argument, what was expected, and what was probably meant.
struct QueryProblem: Error, Equatable {
    let detail: String
}

/// The arguments of a query, all of them valid.
struct QueryValues: Equatable {
    private var integers: [String: Int64] = [:]
    private var texts: [String: [String]] = [:]

    /// Reads the query of a request for `endpoint`.
    init(_ query: [RequestHead.Argument], for endpoint: Endpoint) throws(QueryProblem) {
        let known = endpoint.parameters
        for argument in query {
            guard let name = PercentEncoding.decode(argument.name), let value = Self.decode(argument.value) else {
                throw QueryProblem(detail: "the query is not percent-encoded UTF-8")
            }
            if let parameter = known.first(where: { $0.name == name }) {
                try take(value, parameter)
            } else if endpoint.isStrict {
                throw Self.unknown(name, among: known.map(\.name), endpoint)
            }
        }
    }

    func isOn(_ parameter: QueryParameter) -> Bool { integers[parameter.name] == 1 }

    /// A number, or a time in nanoseconds since 1970.
    func integer(_ parameter: QueryParameter) -> Int64? { integers[parameter.name] }

    func text(_ parameter: QueryParameter) -> String? { texts[parameter.name]?.first }

    func all(_ parameter: QueryParameter) -> [String]? { texts[parameter.name] }

    private static func decode(_ value: String?) -> String? {
        value.map { PercentEncoding.decodeAny($0) } ?? ""
    }

    private static func unknown(_ name: String, among known: [String], _ endpoint: Endpoint) -> QueryProblem {
        let shown = name.prefix(60)
        let hint =
            if let nearest = nearest(name, in: known) {
                "did you mean '\(nearest)'?"
            } else if known.isEmpty {
                "it takes none"
            } else {
                "there are " + known.joined(separator: ", ")
            }
        return QueryProblem(detail: "\(endpoint.rawValue) takes no query parameter '\(shown)'; \(hint)")
    }

    private mutating func take(_ value: String, _ parameter: QueryParameter) throws(QueryProblem) {
        let isRepeated = integers[parameter.name] != nil || texts[parameter.name] != nil
        guard !isRepeated || parameter.kind == .texts else {
            throw QueryProblem(detail: "the query parameter '\(parameter.name)' is given more than once")
        }
        func refuse(_ expected: String) -> QueryProblem {
            QueryProblem(
                detail: "the query parameter '\(parameter.name)' is '\(value.prefix(60))', but should be \(expected)")
        }
        switch parameter.kind {
        case .flag:
            guard let number = ["": Int64(1), "true": 1, "false": 0][value] else {
                throw refuse("true, false or without a value")
            }
            integers[parameter.name] = number
        case .integer(let range):
            guard let number = Self.integer(value), range.contains(number) else {
                throw refuse("a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            integers[parameter.name] = number
        case .time:
            guard let time = Timestamp.nanoseconds(ofAny: value) else {
                throw refuse("a time such as 2026-01-31T23:59:59Z")
            }
            integers[parameter.name] = time
        case .texts:
            texts[parameter.name, default: []].append(value)
            guard texts[parameter.name]?.count ?? 0 <= QueryParameter.mostTexts else {
                throw QueryProblem(
                    detail: "the query parameter '\(parameter.name)' is given more than "
                        + "\(QueryParameter.mostTexts) times")
            }
        case .choice(let choices):
            guard choices.contains(value) else { throw refuse(choices.joined(separator: " or ")) }
            texts[parameter.name] = [value]
        }
    }

    /// Digits alone: no sign, no space.
    static func integer(_ text: String) -> Int64? {
        let isDigits = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return isDigits ? Int64(text) : nil
    }
}
