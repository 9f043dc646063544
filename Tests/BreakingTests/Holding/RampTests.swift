import Breaking
import Stack
import Testing

@Suite struct RampTests {
    private let start = Instant.zero + .seconds(70)

    @Test func theNumberDoublesWithEachRoundOfSuccesses() {
        var ramp = Ramp(waiting: 100, at: start)
        var waiting = 100
        var rounds: [Int] = []
        while waiting > 0 {
            let released = ramp.release(waiting: waiting, at: start)
            rounds.append(released)
            waiting -= released
            for _ in 0..<released { ramp.ended(.success) }
        }
        #expect(rounds == [2, 4, 8, 16, 32, 38])
    }

    @Test func aFailureHalvesItAndWhatIsInFlightCounts() {
        var ramp = Ramp(policy: .init(initial: 8), waiting: 100, at: start)
        #expect(release(&ramp, 100, start) == 8)
        #expect(release(&ramp, 92, start) == 0)
        ramp.ended(.failure)
        #expect(ramp.window == 4)
        #expect(release(&ramp, 92, start) == 0)
        for _ in 0..<7 { ramp.ended(.ignored) }
        #expect(release(&ramp, 92, start) == 4)
    }

    @Test func timeLetsThemThroughWhereNoCallEverEnds() {
        var ramp = Ramp(waiting: 100, at: start)
        var released: [Int] = []
        for second in 0...5 {
            released.append(release(&ramp, 100 - ramp.released, start + .seconds(second)))
        }
        #expect(released == [2, 2, 12, 20, 28, 36])
        #expect(ramp.isOver(at: start + .seconds(5)))
    }

    @Test func afterItsTimeAllMayGoThoseThatCameLaterToo() {
        var ramp = Ramp(waiting: 3, at: start)
        #expect(release(&ramp, 50, start) == 2)
        #expect(release(&ramp, 48, start + .seconds(5)) == 48)
        #expect(ramp.nextRelease(after: start + .seconds(5)) == nil)
        #expect(Ramp(waiting: 0, at: start).nextRelease(after: start) == start + .seconds(5))
        var none = Ramp(policy: .init(time: .zero), waiting: 50, at: start)
        #expect(release(&none, 50, start) == 50)
    }

    @Test func aTimeBeyondAllSenseDoesNoHarm() {
        let ramp = Ramp(policy: .init(initial: .max, time: .seconds(Int64.max)), waiting: .max, at: start)
        #expect(ramp.end == start + .seconds(86_400))
        #expect((ramp.nextRelease(after: start) ?? start) > start)
    }

    /// Going by `nextRelease` alone, with any mix of outcomes, everybody is through when the time is over, and never more
    /// at once than successes and time allow.
    @Test(arguments: UInt64(0)..<200) func everybodyIsThroughInTimeAndNobodyBefore(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let policy = Ramp.Policy(
            initial: .random(in: -1...5, using: &random), time: .milliseconds(Int.random(in: 0...9_000, using: &random))
        )
        var waiting = Int.random(in: 0...300, using: &random)
        let atFirst = waiting
        var ramp = Ramp(policy: policy, waiting: waiting, at: start)
        var now = start
        var (successes, failures) = (0, 0)
        for _ in 0..<20_000 where waiting > 0 {
            let released = ramp.release(waiting: waiting, at: now)
            waiting -= released
            #expect(released >= 0 && waiting >= 0)
            if !ramp.isOver(at: now) {
                let share = (now - start).seconds / policy.time.seconds
                // A success makes room for two, its own place and one more, a failure for one at most.
                let byOutcome = Double(max(policy.initial, 1) + 2 * successes + failures)
                let most = max(byOutcome, share * share * Double(atFirst))
                #expect(Double(ramp.released) <= most + 1e-6, "seed \(seed)")
            }
            for _ in 0..<Int.random(in: 0...min(ramp.inFlight, 3), using: &random) {
                let failed = Int.random(in: 0..<3, using: &random) == 0
                ramp.ended(failed ? .failure : .success)
                if failed { failures += 1 } else { successes += 1 }
            }
            guard let next = ramp.nextRelease(after: now) else { break }
            #expect(next > now && next <= ramp.end)
            now = next
        }
        #expect(waiting == 0)
        #expect(now <= ramp.end)
    }

    private func release(_ ramp: inout Ramp, _ waiting: Int, _ now: Instant) -> Int {
        ramp.release(waiting: waiting, at: now)
    }
}
