internal import Stack

/// Chooses the instance that takes the next call.
///
/// - `leastPending`: the fewest calls in flight by weight, exactly for up to three instances and by the power of two
///   random choices beyond (Mitzenmacher, The Power of Two Choices, 1996): nearly as even, and callers that share
///   nothing do not all run to the same instance.
/// - `roundRobin`: in turn, by weight, spread evenly (the smooth weighted round robin of nginx).
/// - `consistentHash`: the same key goes to the same instance for as long as that is eligible. Rendezvous hashing
///   (Thaler and Ravishankar, 1998) with logarithmic weights (Schindelhauer and Schomaker, 2005): a key moves only
///   when its own instance goes or when one arrives, or gains weight, that wins it.
///
/// An instance is chosen only if it is eligible and its weight is above 0 and at most a billion. Up to 128 instances
/// are looked at. A call allocates nothing, unless there are more instances than ever before.
public struct Balancer: Sendable {
    /// How an instance is chosen.
    public enum Policy: String, Hashable, Sendable, Codable {
        /// The one with the fewest calls in flight.
        case leastPending
        /// One after the other.
        case roundRobin
        /// The one that the caller's key belongs to.
        case consistentHash
    }

    /// How an instance is chosen.
    public var policy: Policy
    private var random: SplitMix64
    /// What each instance is owed, for round robin.
    private var credits: [Double] = []

    /// Equal seeds make equal choices.
    public init(policy: Policy = .leastPending, seed: UInt64) {
        self.policy = policy
        random = SplitMix64(seed: seed)
    }

    /// The instance that takes the next call, or nil when none may.
    ///
    /// - Parameters:
    ///   - weights: the weight of each instance, slow start included.
    ///   - inFlight: the calls each instance has in flight.
    ///   - identities: a number for each instance that is the same wherever the instance is in the row, such as a hash of
    ///     its name; used for `consistentHash` only.
    ///   - eligible: the instances that may be chosen.
    ///   - key: what `consistentHash` goes by; ignored otherwise.
    public mutating func choose(
        weights: Span<Double>, inFlight: Span<Int>, identities: Span<UInt64>, eligible: InstanceSet, key: UInt64 = 0
    ) -> Int? {
        let candidates = usable(eligible, weights)
        guard candidates.count > 1 else { return candidates.instance(at: 0) }
        switch policy {
        case .leastPending: return leastPending(candidates, weights, inFlight)
        case .roundRobin: return next(candidates, weights)
        case .consistentHash: return owner(of: key, candidates, weights, identities)
        }
    }

    /// The same for a caller that keeps these rows as arrays, in the same value as the balancer too.
    public mutating func choose(
        weights: [Double], inFlight: [Int], identities: [UInt64], eligible: InstanceSet, key: UInt64 = 0
    ) -> Int? {
        choose(
            weights: weights.span, inFlight: inFlight.span, identities: identities.span, eligible: eligible, key: key)
    }

    private func usable(_ eligible: InstanceSet, _ weights: Span<Double>) -> InstanceSet {
        var usable = eligible.intersection(InstanceSet(first: weights.count))
        for instance in usable.instances where !(weights[instance] > 0 && weights[instance] <= 1e9) {
            usable.subtract(InstanceSet(instance: instance))
        }
        return usable
    }

    private mutating func leastPending(
        _ candidates: InstanceSet, _ weights: Span<Double>, _ inFlight: Span<Int>
    ) -> Int? {
        let count = candidates.count
        guard count > 3 else { return least(candidates, weights, inFlight) }
        let first = Int.random(in: 0..<count, using: &random)
        var second = Int.random(in: 0..<count - 1, using: &random)
        if second >= first { second += 1 }
        guard let one = candidates.instance(at: first), let other = candidates.instance(at: second) else { return nil }
        return least(InstanceSet(instance: one).union(InstanceSet(instance: other)), weights, inFlight)
    }

    /// The least loaded. Those that have as many calls in flight as it has share by weight: else the heaviest of them would
    /// have all calls that come one after the other, however little heavier it is.
    private mutating func least(
        _ candidates: InstanceSet, _ weights: Span<Double>, _ inFlight: Span<Int>
    ) -> Int? {
        var best: Int?
        for instance in candidates.instances {
            let isLess = best.map { load(instance, weights, inFlight) < load($0, weights, inFlight) } ?? true
            if isLess { best = instance }
        }
        guard let best else { return nil }
        return share(candidates, weights, inFlight, pending(best, inFlight))
    }

    /// One of those with so many calls in flight, by weight.
    private mutating func share(
        _ candidates: InstanceSet, _ weights: Span<Double>, _ inFlight: Span<Int>, _ pending: Int
    ) -> Int? {
        var chosen: Int?
        var total = 0.0
        for instance in candidates.instances where self.pending(instance, inFlight) == pending {
            // Each takes the place of those before it with the share that it has of them all.
            total += weights[instance]
            if chosen == nil || Double.random(in: 0..<total, using: &random) < weights[instance] { chosen = instance }
        }
        return chosen
    }

    private func pending(_ instance: Int, _ inFlight: Span<Int>) -> Int {
        instance < inFlight.count ? max(inFlight[instance], 0) : 0
    }

    /// The calls in flight by weight, as they would be with this one.
    private func load(_ instance: Int, _ weights: Span<Double>, _ inFlight: Span<Int>) -> Double {
        (Double(pending(instance, inFlight)) + 1) / weights[instance]
    }

    private mutating func next(_ candidates: InstanceSet, _ weights: Span<Double>) -> Int? {
        while credits.count < weights.count { credits.append(0) }
        var best: Int?
        var total = 0.0
        for instance in candidates.instances {
            total += weights[instance]
            credits[instance] += weights[instance]
            if best.map({ credits[instance] > credits[$0] }) ?? true { best = instance }
        }
        if let best { credits[best] -= total }
        return best
    }

    private func owner(
        of key: UInt64, _ candidates: InstanceSet, _ weights: Span<Double>, _ identities: Span<UInt64>
    ) -> Int? {
        var best: Int?
        var highest = -Double.infinity
        for instance in candidates.instances {
            let identity = instance < identities.count ? identities[instance] : UInt64(instance)
            // Both go through the mixer, or keys and identities that are small numbers would cancel each other out.
            let hash = SplitMix64.mix(SplitMix64.mix(key &+ 0x9E37_79B9_7F4A_7C15) ^ SplitMix64.mix(identity))
            // 53 bits make a number above 0 and below 1.
            let share = (Double(hash >> 11) + 0.5) * 0x1p-53
            let score = weights[instance] / -share.binaryLogarithm
            if score > highest || best == nil { (best, highest) = (instance, score) }
        }
        return best
    }

    /// Lets round robin begin anew with an instance, as when another one takes its place in the row.
    public mutating func forget(instance: Int) {
        if credits.indices.contains(instance) { credits[instance] = 0 }
    }
}
