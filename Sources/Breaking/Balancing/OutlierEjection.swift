public import Stack

/// Takes an instance that keeps failing out of the choice for a while, as long as enough others are left.
///
/// After `consecutiveFailures` an instance is ejected for `base` x the number of its ejections, up to `longest`; that
/// number goes down by one for every `base` it stays in. At most half of the instances are ejected at a time, one
/// where there are two or three, and never the only one. When fewer than half of all instances would be left to choose
/// from, ejection is ignored (fail open): a doubtful answer is better than none. A passing active check ends an
/// ejection. Defaults: 5 failures, 30 s, 300 s. Source: Envoy's outlier detection, whose cap of 10 % never ejects one of
/// fewer than ten.
///
/// Instances are numbers from 0, at most 64. The memory is taken at the beginning; a call allocates nothing.
public struct OutlierEjection: Sendable, Equatable {
    /// When an instance is ejected, and for how long.
    public struct Policy: Hashable, Sendable, Codable {
        /// Failures without a success in between, at least 1.
        public var consecutiveFailures: Int
        /// How long the first ejection lasts; at least a millisecond.
        public var base: Duration
        /// How long any lasts; `base` where that is longer.
        public var longest: Duration
        /// The share of instances that may be ejected, 0 to 1; one may whatever the share, if it is not 0.
        public var ejectable: Double
        /// Below this share of instances left, 0 to 1, ejection is ignored.
        public var panic: Double

        /// Hale's defaults.
        public init(
            consecutiveFailures: Int = 5, base: Duration = .seconds(30), longest: Duration = .seconds(300),
            ejectable: Double = 0.5, panic: Double = 0.5
        ) {
            self.consecutiveFailures = consecutiveFailures
            self.base = base
            self.longest = longest
            self.ejectable = ejectable
            self.panic = panic
        }

        fileprivate var inRange: Policy {
            let base = min(max(base, .milliseconds(1)), .seconds(86_400))
            return Policy(
                consecutiveFailures: max(consecutiveFailures, 1), base: base,
                longest: min(max(longest, base), .seconds(86_400)), ejectable: ejectable.bounded(to: 0...1),
                panic: panic.bounded(to: 0...1))
        }
    }

    private struct Record: Sendable, Equatable {
        var failures = 0
        var ejections = 0
        /// When its ejection ends or ended.
        var until = Instant.zero
    }

    /// The policy in force, with every value in its range.
    public private(set) var policy: Policy
    /// How many instances there are.
    public private(set) var count: Int
    /// Ejections so far.
    public private(set) var ejections: UInt64 = 0
    /// Those whose ejection has not been ended yet.
    private var ejected: InstanceSet = []
    private var records: [Record]

    /// Nobody is ejected. Of more than 128 instances the first 128 count.
    public init(policy: Policy = Policy(), count: Int) {
        self.policy = policy.inRange
        self.count = min(max(count, 0), InstanceSet.range.count)
        records = Array(repeating: Record(), count: self.count)
    }

    /// How many instances may be ejected at a time.
    public var cap: Int {
        guard count > 1, policy.ejectable > 0 else { return 0 }
        return min(max(Int(Double(count) * policy.ejectable), 1), count - 1)
    }

    /// The instances that are ejected at `now`, panic or not.
    public mutating func ejected(at now: Instant) -> InstanceSet {
        for instance in ejected.instances where records[instance].until <= now {
            ejected.subtract(InstanceSet(instance: instance))
        }
        return ejected
    }

    /// Of the instances that could take a call, those that may: the ones not ejected, or all in a panic.
    ///
    /// An instance that is no candidate, because it is down, stays out in a panic too.
    public mutating func eligible(of candidates: InstanceSet, at now: Instant) -> InstanceSet {
        let candidates = candidates.intersection(InstanceSet(first: count))
        let left = candidates.subtracting(ejected(at: now))
        let isPanic = left.isEmpty || Double(left.count) < Double(count) * policy.panic
        return isPanic ? candidates : left
    }

    /// When the next ejection ends; nil when nobody is ejected.
    public var nextReturn: Instant? {
        ejected.instances.lazy.map { records[$0].until }.min()
    }

    /// Notes how a call to an instance ended; true when that ejects it.
    public mutating func record(failed: Bool, of instance: Int, at now: Instant) -> Bool {
        guard (0..<count).contains(instance) else { return false }
        guard failed else {
            records[instance].failures = 0
            return false
        }
        let failures = min(records[instance].failures + 1, policy.consecutiveFailures)
        records[instance].failures = failures
        let ejected = ejected(at: now)
        guard failures >= policy.consecutiveFailures, !ejected.contains(instance: instance), ejected.count < cap else {
            return false
        }
        eject(instance, at: now)
        return true
    }

    /// An active check has passed: the instance is back and its failures are forgotten. The length of its next ejection
    /// is not.
    public mutating func checkPassed(_ instance: Int, at now: Instant) {
        guard (0..<count).contains(instance) else { return }
        records[instance].failures = 0
        guard ejected(at: now).contains(instance: instance) else { return }
        ejected.subtract(InstanceSet(instance: instance))
        records[instance].until = now
    }

    /// Another instance takes the place of this one: nothing is known of it.
    public mutating func replace(_ instance: Int) {
        guard records.indices.contains(instance) else { return }
        records[instance] = Record()
        ejected.subtract(InstanceSet(instance: instance))
    }

    /// Puts another policy, or another number of instances, in force. No ejection lasts longer than it may from now on, and
    /// those beyond the new cap end, the last of the row first.
    public mutating func update(policy: Policy, count: Int, at now: Instant) {
        self.policy = policy.inRange
        self.count = min(max(count, 0), InstanceSet.range.count)
        while records.count > self.count {
            replace(records.count - 1)
            records.removeLast()
        }
        while records.count < self.count { records.append(Record()) }
        for instance in 0..<self.count {
            records[instance].until = min(records[instance].until, now + self.policy.longest)
        }
        for instance in (0..<self.count).reversed() where ejected(at: now).count > cap {
            if ejected.contains(instance: instance) { checkPassed(instance, at: now) }
        }
    }

    private mutating func eject(_ instance: Int, at now: Instant) {
        var record = records[instance]
        if record.ejections > 0 {
            let quiet = max((now - record.until).nanoseconds, 0) / policy.base.nanoseconds
            record.ejections = Int(max(Int64(record.ejections) - quiet, 0))
        }
        record.ejections = min(record.ejections + 1, 1_000_000)
        let (time, overflow) = policy.base.nanoseconds.multipliedReportingOverflow(by: Int64(record.ejections))
        record.until = now + (overflow ? policy.longest : min(.nanoseconds(time), policy.longest))
        record.failures = 0
        records[instance] = record
        ejected.formUnion(InstanceSet(instance: instance))
        ejections &+= 1
    }
}
