import Breaking
import Stack
import Testing

@Suite struct RetryBudgetTests {
    private let start = Instant.zero + .seconds(1_000)

    private func taken(_ budget: inout RetryBudget, of tries: Int, at now: Instant) -> Int {
        (0..<tries).count { _ in budget.takeRetry(at: now) }
    }

    @Test func withoutTrafficTheFloorIsAllThereIs() {
        var budget = RetryBudget()
        #expect(taken(&budget, of: 100, at: start) == 20)
        #expect(budget.granted == 20)
        #expect(budget.refused == 80)
        #expect(budget.remainingRatio(at: start) < 0.001)
        // What was taken is forgotten when its life is over, not before.
        #expect(taken(&budget, of: 100, at: start + .seconds(9)) == 0)
        #expect(taken(&budget, of: 100, at: start + .seconds(10)) == 20)
    }

    @Test(arguments: [(0.2, 100, 20), (0.3, 10, 3), (0.29, 100, 29), (0.1, 29, 2), (1, 7, 7), (0, 50, 0)])
    func requestsEarnAShareOfARetry(ratio: Double, requests: Int, retries: Int) {
        var budget = RetryBudget(policy: .init(ratio: ratio, floor: 0))
        for _ in 0..<requests { budget.noteRequest(at: start) }
        #expect(taken(&budget, of: 100, at: start) == retries)
    }

    @Test func valuesOutOfRangeAreBroughtIntoIt() {
        var budget = RetryBudget(policy: .init(ratio: .nan, floor: -5, tokenLife: .zero))
        budget.noteRequest(at: start)
        #expect(taken(&budget, of: 1, at: start) == 0)
        #expect(budget.policy.tokenLife == .seconds(1))
    }

    /// A second, naive budget that remembers every request and retry must say the same.
    @Test(arguments: UInt64(0)..<20) func agreesWithABudgetThatRemembersEverything(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let ratio = Double(Int.random(in: 0...10, using: &random)) / 10
        let floor = Double(Int.random(in: 0...3, using: &random))
        var budget = RetryBudget(policy: .init(ratio: ratio, floor: floor, tokenLife: .seconds(10)))
        var requests: [Int64] = []
        var retries: [Int64] = []
        var milliseconds: Int64 = 1_000_000
        for _ in 0..<2_000 {
            milliseconds += Int64.random(in: 0...400, using: &random)
            let now = Instant.zero + .milliseconds(milliseconds)
            let second = milliseconds / 1_000
            if Bool.random(using: &random) {
                budget.noteRequest(at: now)
                requests.append(second)
                continue
            }
            let live = requests.count { $0 > second - 10 }
            let spent = retries.count { $0 > second - 10 }
            let expected = Double(spent + 1) <= ratio * Double(live) + floor * 10 + 1e-6
            let found = budget.takeRetry(at: now)
            #expect(found == expected, "seed \(seed) at \(milliseconds) ms")
            if expected { retries.append(second) }
        }
    }
}
