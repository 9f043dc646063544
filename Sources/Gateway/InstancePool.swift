internal import Breaking
internal import Stack

/// The instances of a route and which of them is to have the next call. Memory is taken when they change; choosing
/// allocates nothing.
struct InstancePool {
    /// Places in the `BackendTable`.
    private(set) var places: [Int] = []
    private var weights: [Double] = []
    private var pending: [Int] = []
    private var identities: [UInt64] = []
    private var balancer = Balancer(seed: 1)
    private var ejection = OutlierEjection(policy: Self.ejection, count: 0)
    private var slowStart = SlowStart()

    /// Out of several, one that fails thrice in a row is left out, before its breaker opens.
    private static let ejection = OutlierEjection.Policy(consecutiveFailures: 3)

    /// Other instances, or another way to choose among them. `names` says which instance each of them is, in the same order:
    /// by these a client comes to the same one whatever gateway it meets.
    mutating func replace(_ new: [Int], names: [String], _ policy: BalancePolicy, at now: Instant) {
        balancer.policy =
            switch policy.method {
            case .leastPending: .leastPending
            case .roundRobin: .roundRobin
            case .clientAddress, .header: .consistentHash
            }
        slowStart.window = policy.slowStart
        guard new != places else { return }
        let window = min(new.count, InstanceSet.range.count)
        weights = Array(repeating: 1, count: window)
        pending = Array(repeating: 0, count: window)
        identities = names.prefix(window).map { StableHash($0.utf8).value }
        for index in 0..<max(new.count, places.count)
        where index >= new.count || index >= places.count
            || new[index] != places[index]
        {
            ejection.replace(index)
            balancer.forget(instance: index)
        }
        ejection.update(policy: Self.ejection, count: window, at: now)
        places = new
    }

    /// The index of an instance that takes a call, which it is asked for; nil where none of those not in `tried` does.
    /// `isHTTP` counts requests and not connections; `client` is a number that is the same for the same client.
    mutating func choose(
        from backends: inout BackendTable, avoiding tried: InstanceSet, isHTTP: Bool, client: UInt64,
        isFirstInLine: Bool = false, at now: Instant
    ) -> (index: Int, permit: CircuitBreaker.Permit?)? {
        if places.count == 1 {
            guard !tried.contains(instance: 0),
                case .admitted(let permit) = backends.admit(places[0], isFirstInLine: isFirstInLine, at: now)
            else { return nil }
            return (0, permit)
        }
        var candidates = InstanceSet(first: weights.count).subtracting(tried)
        for index in weights.indices {
            let place = places[index]
            if !backends.mightAdmit(place, isFirstInLine: isFirstInLine, at: now) {
                candidates.subtract(InstanceSet(instance: index))
            }
            pending[index] = isHTTP ? backends.requests(place) : backends.connections(place)
            weights[index] = slowStart.weight(1, since: backends.since(place), at: now)
        }
        candidates = ejection.eligible(of: candidates, at: now)
        while let index = balancer.choose(
            weights: weights, inFlight: pending, identities: identities, eligible: candidates, key: client)
        {
            if case .admitted(let permit) = backends.admit(places[index], isFirstInLine: isFirstInLine, at: now) {
                return (index, permit)
            }
            candidates.subtract(InstanceSet(instance: index))
        }
        return nil
    }

    /// Notes how a call to one of them ended.
    mutating func record(failed: Bool, place: Int, at now: Instant) {
        guard places.count > 1, let index = places.firstIndex(of: place) else { return }
        _ = ejection.record(failed: failed, of: index, at: now)
    }
}
