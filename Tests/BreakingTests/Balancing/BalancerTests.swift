import Breaking
import Foundation
import Stack
import Testing

/// A row of instances and a balancer in front of it.
private struct Row {
    var balancer: Balancer
    var weights: [Double]
    var inFlight: [Int]
    var identities: [UInt64]
    var eligible: InstanceSet

    init(_ policy: Balancer.Policy, weights: [Double], seed: UInt64 = 1) {
        balancer = Balancer(policy: policy, seed: seed)
        self.weights = weights
        inFlight = weights.map { _ in 0 }
        identities = weights.indices.map(UInt64.init)
        eligible = InstanceSet(first: weights.count)
    }

    mutating func choose(key: UInt64 = 0) -> Int? {
        balancer.choose(
            weights: weights, inFlight: inFlight, identities: identities, eligible: eligible, key: key)
    }

    /// How often each instance is chosen.
    mutating func shares(of calls: Int, key: (Int) -> UInt64 = { UInt64($0) }) -> [Int] {
        var shares = weights.map { _ in 0 }
        for call in 0..<calls {
            if let chosen = choose(key: key(call)) { shares[chosen] += 1 }
        }
        return shares
    }
}

@Suite struct BalancerTests {
    private static let policies: [Balancer.Policy] = [.leastPending, .roundRobin, .consistentHash]

    @Test(arguments: policies, UInt64(0)..<40)
    func onlyTheEligibleAreChosenAndAlwaysOneOfThem(policy: Balancer.Policy, seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let count = Int.random(in: 0...140, using: &random)
        var row = Row(policy, weights: (0..<count).map { _ in 1 }, seed: seed)
        for _ in 0..<200 {
            for index in 0..<count where Int.random(in: 0..<4, using: &random) == 0 {
                row.weights[index] = [0, -1, .nan, .infinity, 0.5, 1, 2, 1e9].randomElement(using: &random) ?? 1
                row.inFlight[index] = .random(in: -3...50, using: &random)
            }
            row.eligible = InstanceSet(rawValue: .random(in: 0...(.max), using: &random))
            let usable = (0..<min(count, InstanceSet.range.count)).filter {
                row.eligible.contains(instance: $0) && row.weights[$0] > 0 && row.weights[$0] <= 1e9
            }
            let chosen = row.choose(key: .random(in: 0...(.max), using: &random))
            #expect(chosen.map(usable.contains) ?? usable.isEmpty)
        }
    }

    @Test(arguments: 1...3) func theLeastLoadedOfAFewIsFoundExactly(count: Int) {
        var random = SplitMix64(seed: 9)
        var row = Row(.leastPending, weights: Array(repeating: 1, count: count))
        for _ in 0..<1_000 {
            for index in 0..<count {
                row.inFlight[index] = .random(in: 0...9, using: &random)
                row.weights[index] = .random(in: 0.5...2, using: &random)
            }
            let loads = (0..<count).map { Double(row.inFlight[$0] + 1) / row.weights[$0] }
            let least = loads.indices.min { loads[$0] < loads[$1] }
            // Those with as many calls share by weight.
            #expect(row.choose().map { row.inFlight[$0] } == least.map { row.inFlight[$0] })
        }
    }

    /// Calls one after the other, to instances of which one has come up a little before the others.
    @Test(arguments: [3, 4]) func whoeverHasNothingToDoHasItsShare(count: Int) {
        var row = Row(.leastPending, weights: (0..<count).map { 0.2 - 0.001 * Double($0) })
        for share in row.shares(of: 1_000 * count) { #expect((800...1_200).contains(share)) }
        row = Row(.leastPending, weights: [1, 0.25, 1])
        let shares = row.shares(of: 9_000)
        for (share, expected) in zip(shares, [4_000, 1_000, 4_000]) { #expect(abs(share - expected) < 400) }
    }

    @Test func equalsShare() {
        var row = Row(.leastPending, weights: [1, 1, 1])
        for share in row.shares(of: 3_000) { #expect((800...1_200).contains(share)) }
    }

    /// Calls that never end: with two choices the fullest of 20 instances stays within a few of the mean, where a single
    /// random choice would be off by dozens.
    @Test func twoChoicesKeepTheLoadEven() {
        var row = Row(.leastPending, weights: Array(repeating: 1, count: 20))
        for _ in 0..<20_000 {
            if let chosen = row.choose() { row.inFlight[chosen] += 1 }
        }
        #expect((row.inFlight.max() ?? 0) <= 1_005)
        #expect((row.inFlight.min() ?? 0) >= 980)
    }

    @Test func turnsAreByWeightAndSpreadEvenly() {
        var row = Row(.roundRobin, weights: [5, 1, 1])
        // The example of nginx' documentation of the algorithm.
        #expect((0..<7).map { _ in row.choose() } == [0, 0, 1, 0, 2, 0, 0])
        row = Row(.roundRobin, weights: [1, 1, 1])
        #expect((0..<6).map { _ in row.choose() } == [0, 1, 2, 0, 1, 2])
    }

    @Test(arguments: UInt64(0)..<20) func everyTurnComesInAnyRound(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let weights = (0..<Int.random(in: 1...10, using: &random)).map { _ in
            Double(Int.random(in: 1...9, using: &random))
        }
        var row = Row(.roundRobin, weights: weights)
        for _ in 0..<5 { #expect(row.shares(of: Int(weights.reduce(0, +))).map(Double.init) == weights) }
    }

    @Test(arguments: UInt64(0)..<20) func onlyTheKeysOfAnInstanceThatGoesMove(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let count = Int.random(in: 2...128, using: &random)
        var row = Row(.consistentHash, weights: (0..<count).map { _ in .random(in: 0.1...4, using: &random) })
        let keys = (0..<500).map { _ in UInt64.random(in: 0...(.max), using: &random) }
        let before = keys.map { row.choose(key: $0) }
        let gone = Int.random(in: 0..<count, using: &random)
        row.eligible.subtract(InstanceSet(instance: gone))
        for (key, owner) in zip(keys, before) where owner != gone { #expect(row.choose(key: key) == owner) }
        // Back again, everything is as it was; with more weight than before it only gains.
        row.eligible = InstanceSet(first: count)
        #expect(keys.map { row.choose(key: $0) } == before)
        row.weights[gone] *= 2
        for (key, owner) in zip(keys, before) {
            let now = row.choose(key: key)
            #expect(now == owner || now == gone)
        }
    }

    @Test func anInstanceKeepsItsKeysInAnotherPlace() {
        var row = Row(.consistentHash, weights: [1, 1, 1])
        row.identities = [11, 22, 33]
        let before = (0..<200).map { row.choose(key: $0).map { row.identities[$0] } }
        row.identities = [33, 11, 22]
        #expect((0..<200).map { row.choose(key: $0).map { row.identities[$0] } } == before)
    }

    @Test func keysAreSharedByWeight() {
        var row = Row(.consistentHash, weights: [1, 2, 1])
        let shares = row.shares(of: 40_000)
        for (share, expected) in zip(shares, [10_000, 20_000, 10_000]) { #expect(abs(share - expected) < 500) }
    }
}

@Suite struct SlowStartTests {
    private let since = Instant.zero + .seconds(50)

    @Test(arguments: [
        (0.0, 1.0, 0.1), (0.5, 1.0, 0.1), (1.0, 1.0, 0.1), (5.0, 1.0, 0.5), (10.0, 1.0, 1.0), (99.0, 1.0, 1.0),
        (5.0, 2.0, 0.7071), (5.0, 0.5, 0.25), (-3.0, 1.0, 0.1),
    ])
    func theWeightRisesAsDocumented(seconds: Double, aggression: Double, share: Double) {
        let start = SlowStart(aggression: aggression)
        let weight = start.weight(4, since: since, at: since + .seconds(seconds))
        #expect(abs(weight - 4 * share) < 0.001)
    }

    @Test func withoutAWindowNothingIsSlow() {
        #expect(SlowStart(window: .zero).weight(1, since: since, at: since) == 1)
    }

    @Test func itNeverFallsAndNeverLeavesItsRange() {
        var random = SplitMix64(seed: 4)
        for _ in 0..<200 {
            let start = SlowStart(
                window: .seconds(Int.random(in: 1...60, using: &random)),
                aggression: .random(in: -1...20, using: &random), minimum: .random(in: -0.5...1.5, using: &random))
            var last = 0.0
            for step in 0...100 {
                let weight = start.weight(1, since: since, at: since + .milliseconds(step * 700))
                #expect(weight >= last && weight > 0 && weight <= 1)
                last = weight
            }
            #expect(last == 1)
        }
    }
}
