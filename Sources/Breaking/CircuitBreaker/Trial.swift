internal import Stack

/// The calls by which a half-open breaker judges: leases on a few places, and what came of those that ended.
///
/// The places are taken when the policy is set. A lease that ran out frees its place, so that calls whose end nobody
/// reports cannot keep the breaker half-open for ever; if the end is reported after all, it is evidence like any other.
struct Trial: Equatable, Sendable {
    /// A taken place; ticket 0 is a free one.
    private struct Lease: Equatable, Sendable {
        var ticket: UInt32 = 0
        var end = Instant.zero
    }

    /// The calls that have an outcome.
    private(set) var tally = CallTally()
    private var leases: [Lease]
    private var lastTicket: UInt32 = 0

    init(permits: Int) {
        leases = Array(repeating: Lease(), count: permits)
    }

    /// The calls that hold a place at `now`.
    func live(at now: Instant) -> Int {
        var live = 0
        for lease in leases where lease.ticket != 0 && lease.end > now { live += 1 }
        return live
    }

    /// When the first of the places in use is free again, at the latest.
    func nextEnd(after now: Instant) -> Instant? {
        var next: Instant?
        for lease in leases where lease.ticket != 0 && lease.end > now { next = min(next ?? lease.end, lease.end) }
        return next
    }

    /// A place until `end`, or nil when live calls and outcomes together are as many as are permitted.
    mutating func lease(until end: Instant, at now: Instant) -> UInt32? {
        guard live(at: now) + tally.calls < leases.count else { return nil }
        for index in leases.indices where leases[index].ticket == 0 || leases[index].end <= now {
            lastTicket = lastTicket == .max ? 1 : lastTicket + 1
            leases[index] = Lease(ticket: lastTicket, end: end)
            return lastTicket
        }
        return nil
    }

    /// Frees a place; false when the ticket holds none.
    mutating func free(_ ticket: UInt32) -> Bool {
        for index in leases.indices where ticket != 0 && leases[index].ticket == ticket {
            leases[index] = Lease()
            return true
        }
        return false
    }

    mutating func record(failed: Bool, slow: Bool) {
        tally += CallTally(calls: 1, failures: failed ? 1 : 0, slow: slow ? 1 : 0)
    }

    /// Makes a failure of a call that was recorded before its end.
    mutating func amendToFailure() {
        if tally.failures < tally.calls { tally.failures += 1 }
    }

    /// Forgets every outcome and frees every place, as for a new half-open state.
    mutating func restart(with tally: CallTally = .zero) {
        self.tally = tally
        for index in leases.indices { leases[index] = Lease() }
    }

    /// Another number of permits. Calls in flight keep their places, as far as there still are any.
    mutating func resize(permits: Int, at now: Instant) {
        guard permits != leases.count else { return }
        let kept = leases.filter { $0.ticket != 0 && $0.end > now }.prefix(permits)
        leases = kept + Array(repeating: Lease(), count: permits - kept.count)
    }
}
