public import Stack

/// Decides who may wait while a service is repaired, and for how long: bounds in time, in number and in bytes.
///
/// A wait is worth it only if it ends well, so a call is refused at once when the queue is full, when what it has sent
/// is too large to keep, or when the service is not expected back before the call's time is over. The time runs from
/// the arrival of the call: being held a second time does not extend it. Defaults: 15 s, 100 calls, 1 MiB of one call
/// and 16 MiB of all. Source: HAProxy's `maxqueue` and `timeout queue`, with bounds in bytes as the gateway has to keep
/// what a held client sends.
///
/// The waiting calls themselves are the caller's, in the order of their arrival; this counts them. A call allocates
/// nothing.
public struct HoldQueue: Sendable, Equatable {
    /// The bounds.
    public struct Policy: Hashable, Sendable, Codable {
        /// How long a call waits at most, from its arrival; zero is not at all.
        public var time: Duration
        /// How many wait at a time.
        public var count: Int
        /// Bytes kept for one call.
        public var bytesEach: Int
        /// Bytes kept for all.
        public var bytes: Int

        /// Hale's defaults.
        public init(
            time: Duration = .seconds(15), count: Int = 100, bytesEach: Int = 1 << 20, bytes: Int = 16 << 20
        ) {
            self.time = time
            self.count = count
            self.bytesEach = bytesEach
            self.bytes = bytes
        }
    }

    /// Whether a call may wait.
    public enum Admission: Hashable, Sendable {
        /// Yes, until that instant.
        case held(until: Instant)
        /// No.
        case refused(Refusal)
    }

    /// Why a call may not wait.
    public enum Refusal: String, Hashable, Sendable, Codable {
        /// As many wait as may.
        case count
        /// It has sent more than is kept for one call.
        case bytesEach
        /// It has sent more than there is room for.
        case bytes
        /// Its time is over, or there is none.
        case time
        /// The service is not expected back in time.
        case recovery
    }

    /// The bounds in force. Others hold from the next call on; nobody who waits is sent away for them.
    public var policy: Policy
    /// The calls that wait.
    public private(set) var count = 0
    /// What is kept for them, in bytes.
    public private(set) var bytes = 0
    /// Calls that were held so far.
    public private(set) var held: UInt64 = 0
    /// Calls that were refused so far.
    public private(set) var refused: UInt64 = 0

    /// An empty queue.
    public init(policy: Policy = Policy()) {
        self.policy = policy
    }

    /// Asks whether a call may wait, and counts it if so; it is to ``leave(bytes:)`` again, once.
    ///
    /// - Parameters:
    ///   - bytes: what it has sent so far.
    ///   - arrived: when it came; earlier than `now` if it was let through and has to wait again.
    ///   - back: when the service is expected back; nil when nobody can say.
    public mutating func admit(bytes: Int = 0, arrived: Instant, back: Instant? = nil, at now: Instant) -> Admission {
        let deadline = min(arrived, now) + max(policy.time, .zero)
        if let refusal = refusal(bytes: bytes, deadline: deadline, back: back, at: now) {
            refused &+= 1
            return .refused(refusal)
        }
        count += 1
        self.bytes += max(bytes, 0)
        held &+= 1
        return .held(until: deadline)
    }

    /// Asks whether a waiting call may send `more` bytes, beyond the `bytes` it has sent, and counts them if so. If not,
    /// it is the caller's choice to stop reading from the client or to send it away.
    public mutating func grow(by more: Int, from bytes: Int) -> Bool {
        guard more > 0 else { return true }
        guard fits(more, beside: max(bytes, 0), in: policy.bytesEach), fits(more, beside: self.bytes, in: policy.bytes)
        else { return false }
        self.bytes += more
        return true
    }

    /// Takes back the place of a call that is let through, sent away or gone, with all the bytes counted for it.
    public mutating func leave(bytes: Int = 0) {
        count = max(count - 1, 0)
        self.bytes = count == 0 ? 0 : max(self.bytes - max(bytes, 0), 0)
    }

    private func refusal(bytes: Int, deadline: Instant, back: Instant?, at now: Instant) -> Refusal? {
        if deadline <= now { return .time }
        if let back, back > deadline { return .recovery }
        if count >= policy.count { return .count }
        if max(bytes, 0) > policy.bytesEach { return .bytesEach }
        return fits(max(bytes, 0), beside: self.bytes, in: policy.bytes) ? nil : .bytes
    }

    private func fits(_ more: Int, beside kept: Int, in room: Int) -> Bool {
        let (sum, overflow) = kept.addingReportingOverflow(more)
        return !overflow && sum <= room
    }
}
