internal import Breaking

/// One client's connection, from `accept` to the end of both directions.
struct Connection {
    /// Where a connection is in its life.
    enum Phase: UInt8 {
        /// The record is unused. Can go to `waiting` or `connecting` when a client is accepted.
        case unused
        /// A proxy is to say whose connection it is. Can go to wherever a new one goes.
        case introducing
        /// The client is to begin with TLS, or does. Can go to wherever a new one goes, and end.
        case securing
        /// In the waiting line of its route. Can go to `connecting` when it is its turn, and end by the hold.
        case waiting
        /// A backend was asked. Can go to `relaying` when it accepts, to `connecting` with the next backend when it
        /// does not, and to `waiting` when none does.
        case connecting
        /// Bytes go both ways until both directions have ended.
        case relaying
        /// HTTP: the client's next request has yet to come. Can go to `waiting`, `connecting` and `exchanging` with it.
        case reading
        /// HTTP: an instance serves the client's request. Can go back to `reading` with the next one, to `waiting` for
        /// another attempt, to `relaying` when both change to another protocol, and to `closing`.
        case exchanging
        /// PostgreSQL: the client is told that it cannot be served, as soon as it has said enough to be told anything.
        case refusing
        /// The client has its last answer, and its connection ends as soon as it has taken that.
        case closing
    }

    /// Stands for "no connection" in links.
    static let none: Int32 = -1

    var phase = Phase.unused
    /// Differs each time the record is used again, so that an event of an earlier connection is known to be stale.
    var generation: UInt32 = 0
    /// Place of the route it came in by, but for `origin`.
    var route = 0
    /// Place of that route while `route` is the one that a step of its fallback chain leads to; nil while none is taken.
    var origin: Int?
    /// Nanoseconds on the monotonic clock.
    var arrival: Int64 = 0
    /// When the backend being asked is given up; of one that is young, when it is not any more.
    var connectDeadline: Int64 = 0
    /// Whether it is in the line of those that have begun a moment ago.
    var isYoung = false
    /// Whether the kernel asks its backend whether that lives.
    var isQuestioned = false
    /// Whether it has been in a waiting line.
    var hasWaited = false
    /// Whose turn comes first in a line.
    var priority = Priority.normal
    /// Whose instance its client is, by the place among the services that the route knows.
    var client = Load.anybody
    /// Whether it counts among the calls in progress of its route.
    var hasSlot = false
    /// Since when it does.
    var slotSince: Int64 = 0
    /// How many did then, itself included.
    var slotInFlight: Int32 = 0
    /// Whether it counts among the calls of its client, which has that key.
    var isCountedForClient = false
    var clientKey: UInt64 = 0
    /// Whether the ramp of its route let it through and has yet to hear what became of it.
    var isRamped = false
    /// Whether its client speaks TLS.
    var isEncrypted = false
    /// Whether its requests are forwarded one by one.
    var isHTTP = false
    /// Whether it has an `Exchange`, as it does where its route speaks a protocol that the gateway knows.
    var hasExchange = false
    /// Whether its client is the gateway itself, which delivers a request that was kept.
    var isDelivery = false

    /// Place of the backend in the `BackendTable`; nil while there is none.
    var backend: Int?
    /// Whether the backend has sent anything, and so is known to have the connection too.
    var isProven = false
    /// Whether another backend may be told all that the client has said.
    var isRepeatable = true
    /// How many backends broke off before they had said anything.
    var redials: UInt8 = 0
    /// Whether the next one is asked at the cost of the retry budget.
    var owesRetry = false
    /// Indices, in the pool of the route, of the backends tried since its last wait.
    var tried: InstanceSet = []
    /// The configuration of the route that `tried` belongs to.
    var routeRevision = 0
    /// What the breaker of the backend gave the call.
    var permit: CircuitBreaker.Permit?
    /// Whether the breaker was told what became of it.
    var isSettled = false

    /// The call that it makes now.
    var call = Call()
    /// What the access log will say of it; nil where its route does not log.
    var note: UnsafeMutablePointer<AccessNote>?

    /// Links of the one line it is in: the waiting line of its route, the line of connects, that of the young or that of the
    /// requests for which another instance is asked in a while.
    var previous = Connection.none
    var next = Connection.none
}
