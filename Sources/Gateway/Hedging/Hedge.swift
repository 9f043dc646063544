internal import Breaking

/// The second instance that was asked for a request, because the first one takes its time.
struct Hedge {
    /// How far it has come.
    enum Phase {
        /// The connection is being made. Can go to `sending`, and end.
        case connecting
        /// The request is on its way. Can go to `waiting`, and end.
        case sending
        /// The instance has all of the request. Ends with the first bytes of either instance.
        case waiting
    }

    var phase: Phase
    let descriptor: Int32
    /// The place of the instance in the `BackendTable`.
    let backend: Int
    /// What its breaker gave the call.
    let permit: CircuitBreaker.Permit?
    /// Whether the connection had been used before.
    let isReused: Bool
    /// When it was asked, in nanoseconds on the monotonic clock.
    let askedAt: Int64
    /// How much of the request it has got.
    var sent = 0
}
