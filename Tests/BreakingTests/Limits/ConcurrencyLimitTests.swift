import Breaking
import Foundation
import Stack
import Testing

@Suite struct ConcurrencyLimitTests {
    private typealias Range = ConcurrencyLimit.Range

    /// Rows after the documented behaviour of `AIMDLimit`: where it starts, calls in flight, milliseconds, dropped.
    @Test(arguments: [
        (20, 10, 1, false, 21), (20, 9, 1, false, 20), (30, 0, 0, true, 27), (30, 30, 5_001, false, 27),
        (30, 30, 5_000, false, 31), (200, 200, 1, false, 200), (2, 2, 1, true, 2), (21, 10, 1, false, 21),
        (21, 11, 1, false, 22), (5, 5, 1, true, 4),
    ])
    func aimdMovesAsDocumented(initial: Int, inFlight: Int, milliseconds: Int, dropped: Bool, after: Int) {
        var limit = ConcurrencyLimit(policy: .aimd(.init(range: Range(initial: initial))))
        limit.record(.milliseconds(milliseconds), inFlight: inFlight, dropped: dropped)
        #expect(limit.limit == after)
    }

    @Test func aFixedLimitStays() {
        var limit = ConcurrencyLimit(policy: .fixed(7))
        limit.record(.seconds(60), inFlight: 7, dropped: true)
        #expect(limit.limit == 7)
        #expect(ConcurrencyLimit(policy: .fixed(-1)).limit == 1)
    }

    @Test func aNewPolicyKeepsTheLimitThatWasFound() {
        var limit = ConcurrencyLimit(policy: .aimd(.init()))
        for _ in 0..<30 { limit.record(.milliseconds(1), inFlight: limit.limit) }
        limit.update(policy: .gradient2(.init()))
        #expect(limit.limit == 50)
        limit.update(policy: .aimd(.init(range: Range(ceiling: 30))))
        #expect(limit.limit == 30)
        limit.update(policy: .fixed(7))
        #expect(limit.limit == 7)
    }

    @Test func gradientGrowsWhileLatencyIsSteadyAndLimitIsUsed() {
        var limit = ConcurrencyLimit(policy: .gradient2(.init()))
        for _ in 0..<100 { limit.record(.milliseconds(10), inFlight: limit.limit) }
        // One fifth of a queue of one with each call.
        #expect(limit.limit == 40)
        for _ in 0..<100 { limit.record(.milliseconds(10), inFlight: 19) }
        #expect(limit.limit == 40, "less than half of it in use")
        for _ in 0..<2_000 { limit.record(.milliseconds(10), inFlight: limit.limit) }
        #expect(limit.limit == 200)
    }

    @Test func gradientComesDownToTheFloorUnderOverloadAndBackAfter() {
        var limit = ConcurrencyLimit(policy: .gradient2(.init()))
        for _ in 0..<50 { limit.record(.milliseconds(10), inFlight: limit.limit) }
        for _ in 0..<60 { limit.record(.seconds(5), inFlight: limit.limit) }
        #expect(limit.limit == 2)
        // With Netflix' queue of four the same overload would leave eight.
        var roomy = ConcurrencyLimit(policy: .gradient2(.init(queue: 4)))
        for _ in 0..<50 { roomy.record(.milliseconds(10), inFlight: roomy.limit) }
        for _ in 0..<60 { roomy.record(.seconds(5), inFlight: roomy.limit) }
        #expect(roomy.limit == 8)
        for _ in 0..<200 { limit.record(.milliseconds(10), inFlight: limit.limit) }
        #expect(limit.limit > 20)
    }

    @Test func gradientSoonNoticesANewOverloadAfterALongOne() {
        var limit = ConcurrencyLimit(policy: .gradient2(.init()))
        for _ in 0..<700 { limit.record(.seconds(5), inFlight: limit.limit) }
        for _ in 0..<100 { limit.record(.milliseconds(10), inFlight: limit.limit) }
        let before = limit.limit
        // An average over 600 calls alone would still be at some seconds.
        for _ in 0..<20 { limit.record(.milliseconds(200), inFlight: limit.limit) }
        #expect(limit.limit < before / 2)
    }

    @Test(arguments: UInt64(0)..<50) func staysInItsRangeWhateverItIsTold(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let range = Range(
            initial: .random(in: -5...300, using: &random), floor: .random(in: -1...10, using: &random),
            ceiling: .random(in: -1...300, using: &random))
        var limits = [
            ConcurrencyLimit(policy: .aimd(.init(range: range, backoff: .random(in: -1...2, using: &random)))),
            ConcurrencyLimit(
                policy: .gradient2(
                    .init(
                        range: range, smoothing: .random(in: -1...2, using: &random),
                        queue: .random(in: -5...10, using: &random), tolerance: .random(in: -1...3, using: &random)))),
        ]
        let floor = max(range.floor, 1)
        for index in limits.indices {
            for _ in 0..<500 {
                limits[index].record(
                    .nanoseconds(Int64.random(in: -1_000...20_000_000_000, using: &random)),
                    inFlight: .random(in: -1...400, using: &random), dropped: .random(using: &random))
                #expect((floor...max(range.ceiling, floor)).contains(limits[index].limit))
            }
        }
    }
}

@Suite struct PriorityTests {
    @Test func itIsANumberFromZeroToNine() throws {
        #expect([-1, 0, 9, 300].map { Priority($0).level } == [0, 0, 9, 9])
        #expect(
            try JSONDecoder().decode([Priority].self, from: Data("[3, -4, 12]".utf8)) == [
                Priority(3), .lowest, .highest,
            ])
        #expect(String(decoding: try JSONEncoder().encode([Priority(7)]), as: UTF8.self) == "[7]")
    }

    @Test func aLimitBeyondAllSenseDoesNoHarm() {
        #expect(PriorityShares().threshold(.normal, limit: .max) > 1_000_000)
        #expect(PriorityShares().threshold(.normal, limit: .min) == 0)
    }

    @Test func theSharesAreAsDocumented() {
        let shares = PriorityShares(inUse: .lowest ... .highest)
        #expect((0...9).map { shares.threshold(Priority($0), limit: 90) } == [45, 50, 55, 60, 65, 70, 75, 80, 85, 90])
        #expect((0...9).map { shares.threshold(Priority($0), limit: 2) } == [1, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    }

    @Test func aSinglePriorityMayFillTheWholeLimit() {
        let shares = PriorityShares()
        for limit in 0...50 { #expect(shares.threshold(.normal, limit: limit) == limit) }
        let odd = PriorityShares(inUse: Priority(3)...Priority(3), lowestShare: 0.1)
        #expect(odd.admits(Priority(3), inFlight: 0, limit: 1))
    }

    @Test func theLowestIsShedFirstAndNobodyAnIdleService() {
        for lowestShare in [-1, 0, 0.1, 0.5, 0.99, 1, 7, Double.nan] {
            for low in 0...9 {
                for high in low...9 {
                    let shares = PriorityShares(inUse: Priority(low)...Priority(high), lowestShare: lowestShare)
                    for limit in [1, 2, 3, 7, 20, 200] {
                        let thresholds = (0...9).map { shares.threshold(Priority($0), limit: limit) }
                        #expect(thresholds == thresholds.sorted())
                        #expect(thresholds.allSatisfy { (1...limit).contains($0) })
                        if high > low { #expect(thresholds[high] == limit) }
                        #expect(!shares.admits(.highest, inFlight: limit, limit: limit))
                    }
                }
            }
        }
    }
}
