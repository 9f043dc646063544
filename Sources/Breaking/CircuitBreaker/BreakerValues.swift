public import Stack

extension CircuitBreaker {
    /// What a breaker does with calls.
    public enum State: Hashable, Sendable, Codable {
        /// Lets every call through and judges them. Can go to open.
        case closed
        /// Lets none through. Goes to half-open at that instant.
        case open(until: Instant)
        /// Lets a few through and judges by them alone. Can go to closed and to open.
        case halfOpen
        /// Lets none through until an operator says otherwise.
        case forcedOpen
        /// Lets every call through and looks at none, until an operator says otherwise.
        case disabled
        /// Lets every call through and measures without acting, until an operator says otherwise.
        case metricsOnly
    }

    /// How a call ended.
    public enum Outcome: Hashable, Sendable {
        /// As it should.
        case success
        /// By the service's fault.
        case failure
        /// In a way that says nothing about the service, such as a client that went away: it frees the permit only.
        case ignored
    }

    /// Whether a call may go through.
    public enum Admission: Hashable, Sendable {
        /// Yes; its end is reported with the permit, once.
        case admitted(Permit)
        /// No. It is worth asking again at that instant; nil when only an operator can change the answer.
        case rejected(retryAt: Instant?)
    }

    /// The right to make one call, to be handed back with its outcome, once.
    public struct Permit: Hashable, Sendable {
        /// When the call began.
        public let started: Instant
        /// The state it was given in; results of an earlier state change nothing.
        let generation: UInt32
        /// What the call holds in half-open; 0 otherwise.
        let ticket: UInt32
        /// Where the call was counted as hanging.
        var mark: CallWindow.Mark?

        /// Whether the call was counted as slow while it was still in flight.
        public var isNotedHanging: Bool { mark != nil }
    }

    /// Shares of calls, 0 to 1.
    public struct Rates: Hashable, Sendable {
        /// Failed calls by all calls.
        public var failure: Double
        /// Slow calls by all calls.
        public var slow: Double

        /// Two shares, 0 to 1.
        public init(failure: Double, slow: Double) {
            self.failure = failure
            self.slow = slow
        }
    }

    /// Sums since the breaker was made; they never go down.
    public struct Counters: Hashable, Sendable, Codable {
        /// Changes to open by the breaker's own judgement.
        public var trips: UInt64 = 0
        /// Calls that were not let through.
        public var rejections: UInt64 = 0
        /// Successful calls that were taken into account.
        public var successes: UInt64 = 0
        /// Failed calls that were taken into account.
        public var failures: UInt64 = 0
        /// Slow calls that were taken into account, successful, failed or still in flight.
        public var slow: UInt64 = 0

        /// All zero.
        public init() {}
    }
}
