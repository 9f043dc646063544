internal import Protocols

/// What a client's connection needs besides, where its route speaks a protocol that the gateway knows; with HTTP, of the
/// request that is served now.
struct Exchange {
    /// What a PostgreSQL server says first.
    var postgres = PostgresObserver()
    /// What the client has said to a server that has not answered anything yet, where another one may be told it too.
    var opening = Pending()
    /// Who the client is.
    var client = ClientAddress()
    /// Who a proxy says it is.
    var introduction: ProxyHeader?
    /// Bytes from the client that are not part of what was taken up yet.
    var input = Pending()
    /// How much of `input` is known not to end a head.
    var scanned = 0
    /// The request as it is sent, with as much of its body as was there; without a buffer where it cannot be sent again.
    var request = Pending()
    /// The request as the client made it, while `request` is one that asks another model or another server.
    var original = Pending()
    /// Where the unsent part of `request` begins.
    var unsent = 0
    /// What the request says of itself.
    var method = HTTPMethod.get
    /// The same number for requests that are to have the same instance, where a field of the head says so.
    var balanceKey: UInt64 = 0
    /// Bytes of the request's body so far, where its length is not known beforehand and is limited.
    var bodyBytes: UInt64 = 0
    /// What is still to come of the request's body.
    var requestBody = BodyProgress.none
    /// The beginning of a response whose head has not ended.
    var response = Pending()
    /// What is still to come of the response's body.
    var responseBody = BodyProgress.none
    /// When the request was taken up.
    var startedAt: Int64 = 0
    /// When the instance had all of it, where that is timed.
    var sentAt: Int64 = 0
    /// When the first bytes came of a request whose head has not ended; zero is that there are none.
    var headStartedAt: Int64 = 0
    /// When the party that is waited for has taken too long; zero is never.
    var deadline: Int64 = 0
    /// Whether the request is to be sent again at the cost of the retry budget.
    var owesRetry = false
    /// Instances that were asked for this request.
    var attempts = 0
    /// Those of them that were asked before the present step of the fallback chain.
    var earlierAttempts = 0
    /// Why its own service has not answered; nil while it may.
    var shortcoming: Shortcoming?
    /// Steps of the fallback chain that have had their turn.
    var steps = 0
    var flags = Flags()

    struct Flags: OptionSet {
        let rawValue: UInt32

        /// The request may be sent again after it was sent.
        static let repeatable = Flags(rawValue: 1)
        /// Something of the request went to the instance that is asked now.
        static let sent = Flags(rawValue: 2)
        /// A final response has begun.
        static let answered = Flags(rawValue: 4)
        /// The client's connection ends with this response.
        static let closes = Flags(rawValue: 8)
        /// The instance's connection cannot be used again.
        static let serverCloses = Flags(rawValue: 16)
        /// The client asked for another protocol.
        static let upgrades = Flags(rawValue: 32)
        /// The client speaks HTTP/1.0.
        static let isOld = Flags(rawValue: 64)
        /// The connection to the instance had been used before.
        static let reused = Flags(rawValue: 128)
        /// Counted as a request in progress.
        static let counted = Flags(rawValue: 256)
        /// It asks a model for text.
        static let generates = Flags(rawValue: 512)
        /// Its body is waited for before anybody is asked.
        static let collecting = Flags(rawValue: 1_024)
        /// What it asks for is remembered, as answers to that are kept.
        static let asked = Flags(rawValue: 2_048)
        /// The answer is kept as it passes.
        static let keeping = Flags(rawValue: 4_096)
        /// It came from a gateway that had no answer itself.
        static let moved = Flags(rawValue: 16_384)
        /// More of the body may have come since `original` was set aside.
        static let outgrown = Flags(rawValue: 32_768)
        /// The client has yet to get some of a kept answer.
        static let refills = Flags(rawValue: 8_192)
        /// How long the instance takes to begin with its answer is of interest.
        static let timed = Flags(rawValue: 65_536)
        /// It is in the line of those for which another instance is asked in a while.
        static let awaitsHedge = Flags(rawValue: 131_072)
        /// Another instance is asked as well.
        static let hedged = Flags(rawValue: 262_144)
        /// It is to be kept for later, or asks what became of one that was: the disk is waited for.
        static let queueing = Flags(rawValue: 524_288)
        /// It is sent before the turn ends.
        static let deferred = Flags(rawValue: 1_048_576)

        /// Has to do with another instance.
        static let hedging: Flags = [.timed, .awaitsHedge, .hedged]
    }
}

/// How far a body that streams past has come.
enum BodyProgress {
    /// There is none, or it has ended.
    case none
    /// So many bytes are to come.
    case length(UInt64)
    /// The chunks say it themselves.
    case chunked(ChunkedReader)
    /// Everything until the connection ends.
    case untilClose

    init(_ framing: HTTPFraming) {
        switch framing {
        case .none, .length(0): self = .none
        case .length(let count): self = .length(count)
        case .chunked: self = .chunked(ChunkedReader())
        case .untilClose: self = .untilClose
        }
    }

    /// Whether nothing is to come.
    var isEnded: Bool {
        switch self {
        case .none: true
        case .length, .chunked, .untilClose: false
        }
    }

    /// How many of the bytes belong to the body; nil where they break its framing.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Int? {
        switch self {
        case .none:
            return 0
        case .length(let left):
            let taken = min(left, UInt64(bytes.count))
            self = left == taken ? .none : .length(left - taken)
            return Int(taken)
        case .chunked(var reader):
            switch reader.read(bytes) {
            case .needMore:
                self = .chunked(reader)
                return bytes.count
            case .ended(let consumed):
                self = .none
                return consumed
            case .refused:
                return nil
            }
        case .untilClose:
            return bytes.count
        }
    }
}
