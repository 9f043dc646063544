internal import Stack

/// The calls a breaker judges by: the last so many, or those of the last so long.
///
/// A window in time is a ring of 10 to 60 buckets, one second wide where that fits, so that its memory and the cost of
/// a call do not depend on the traffic; its oldest bucket falls out as a whole. In a window by count each call is a
/// bucket of its own. Source: resilience4j's `FixedSizeSlidingWindowMetrics` and `SlidingTimeWindowMetrics`.
struct CallWindow: Equatable, Sendable {
    /// Where a call was counted, for an amendment at its end.
    struct Mark: Hashable, Sendable {
        var revision: UInt32
        var position: Int64
    }

    /// Tells the marks of this window from those of the windows an earlier policy had.
    let revision: UInt32
    /// Nanoseconds in a bucket; nil when calls are counted instead.
    private let width: Int64?
    /// Where the newest bucket ends, in nanoseconds, so that most calls need no division.
    private var headEnd: Int64 = .min
    private var ring: BucketRing<CallTally>

    init(_ window: CircuitBreaker.Policy.Window, revision: UInt32) {
        self.revision = revision
        switch window {
        case .count(let count):
            width = nil
            ring = BucketRing(size: min(max(count, 1), 10_000))
        case .time(let time):
            let nanoseconds = max(time.nanoseconds, 1_000_000)
            let size = min(max(nanoseconds / 1_000_000_000, 10), 60)
            width = nanoseconds / size + (nanoseconds % size == 0 ? 0 : 1)
            ring = BucketRing(size: Int(size))
        }
    }

    var tally: CallTally { ring.total }

    /// The calls needed before a rate means anything: in a window by count never more than it can hold.
    func minimumCalls(_ policy: CircuitBreaker.Policy) -> Int {
        width == nil ? min(policy.minimumCalls, ring.size) : policy.minimumCalls
    }

    /// Lets what is too old fall out of a window in time.
    mutating func advance(to now: Instant) {
        guard let width, now.nanoseconds >= headEnd else { return }
        let position = now.nanoseconds / width
        ring.advance(to: position)
        let (end, overflow) = (position &+ 1).multipliedReportingOverflow(by: width)
        headEnd = overflow ? .max : end
    }

    /// Counts a call.
    mutating func record(failed: Bool, slow: Bool, at now: Instant) -> Mark {
        if width == nil { ring.advance(to: ring.head &+ 1) } else { advance(to: now) }
        ring.add(CallTally(calls: 1, failures: failed ? 1 : 0, slow: slow ? 1 : 0))
        return Mark(revision: revision, position: ring.head)
    }

    /// Makes a failure of a call that was counted before its end; false when it has fallen out of the window since.
    mutating func amendToFailure(_ mark: Mark) -> Bool {
        mark.revision == revision && ring.add(CallTally(failures: 1), at: mark.position)
    }

    mutating func clear() {
        ring.clear()
    }
}

extension CallWindow {
    /// What is in the window, oldest first.
    var buckets: [CircuitBreaker.Snapshot.Bucket] {
        (0..<Int64(ring.size)).reversed().compactMap { age in
            guard let tally = ring[ring.head &- age], tally != .zero else { return nil }
            return CircuitBreaker.Snapshot.Bucket(
                position: ring.head &- age, calls: tally.calls, failures: tally.failures, slow: tally.slow)
        }
    }

    /// Takes over what an equal window held. Numbers that no window could have held are left out, and so is what is too
    /// old by now or lies in the future.
    mutating func restore(_ buckets: [CircuitBreaker.Snapshot.Bucket], at now: Instant) {
        clear()
        advance(to: now)
        let most = width == nil ? 1 : 1 << 32
        for bucket in buckets.suffix(ring.size) {
            guard (1...most).contains(bucket.calls), (0...bucket.calls).contains(bucket.failures),
                (0...bucket.calls).contains(bucket.slow)
            else { continue }
            let tally = CallTally(calls: bucket.calls, failures: bucket.failures, slow: bucket.slow)
            if width == nil {
                ring.advance(to: ring.head &+ 1)
                ring.add(tally)
            } else {
                _ = ring.add(tally, at: bucket.position)
            }
        }
    }
}
