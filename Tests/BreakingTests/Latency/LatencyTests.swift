import Breaking
import Stack
import Testing

@Suite struct LatencyHistogramTests {
    @Test(arguments: UInt64(0)..<10) func aPercentileIsNeverBelowTheTrueOneAndAtMostAThirtySecondAbove(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var histogram = LatencyHistogram()
        var samples: [Int64] = []
        for _ in 0..<1_000 {
            // Every order of magnitude alike.
            let sample = Int64.random(in: 0...(.max >> Int64.random(in: 0...62, using: &random)), using: &random)
            samples.append(sample)
            histogram.record(.nanoseconds(sample))
        }
        samples.sort()
        for share in [0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1] {
            let rank = max(Int((share * 1_000).rounded(.up)), 1)
            let truth = samples[rank - 1]
            let found = histogram.percentile(share)?.nanoseconds ?? -1
            #expect(found >= truth)
            #expect(Double(found) <= Double(truth) * (1 + 1.0 / 32) + 1)
        }
        #expect(histogram.percentile(1)?.nanoseconds == samples.last)
        #expect(histogram.longest.nanoseconds == samples.last)
    }

    @Test func anEmptyOneHasNoPercentile() {
        #expect(LatencyHistogram().percentile(0.5) == nil)
    }

    @Test func extremesAreCounted() {
        var histogram = LatencyHistogram()
        histogram.record(.seconds(-1))
        histogram.record(.nanoseconds(Int64.max))
        histogram.record(.nanoseconds(Int64.max))
        #expect(histogram.count == 3)
        #expect(histogram.percentile(0) == .zero)
        #expect(histogram.percentile(1) == .nanoseconds(Int64.max))
        #expect(histogram.sum == .nanoseconds(Int64.max))
    }

    @Test func mergedItIsAsIfOneHadCountedAll() {
        var (all, first, second) = (LatencyHistogram(), LatencyHistogram(), LatencyHistogram())
        for value in 0..<1_000 {
            all.record(.microseconds(value * value))
            if value.isMultiple(of: 3) {
                first.record(.microseconds(value * value))
            } else {
                second.record(.microseconds(value * value))
            }
        }
        first.merge(second)
        #expect(first == all)
        #expect(all.count(upTo: .microseconds(31)) == 6)
        #expect(all.count(upTo: .seconds(1)) == 1_000)
    }
}

@Suite struct RollingPercentileTests {
    private let start = Instant.zero + .seconds(6_000)

    @Test func tooFewSamplesGiveNoValueAndTheFallback() {
        var rolling = RollingPercentile()
        for _ in 0..<19 { rolling.record(.milliseconds(200), at: start) }
        rolling.advance(to: start + .seconds(2))
        #expect(rolling.value == nil)
        #expect(rolling.hedgeDelay() == nil)
        #expect(rolling.slowThreshold() == .seconds(5))
        rolling.record(.milliseconds(200), at: start + .seconds(2))
        rolling.advance(to: start + .seconds(3))
        let value = rolling.value ?? .zero
        #expect(value >= .milliseconds(200) && value <= .milliseconds(207))
        #expect(rolling.slowThreshold() == value * 3)
        #expect(rolling.hedgeDelay() == value)
    }

    @Test func whatIsFastIsNotSlowForBeingThreeTimesAsFast() {
        var rolling = RollingPercentile()
        for _ in 0..<20 { rolling.record(.microseconds(50), at: start) }
        rolling.advance(to: start + .seconds(2))
        #expect(rolling.slowThreshold() == .milliseconds(100))
        #expect(rolling.hedgeDelay() == .milliseconds(1))
    }

    @Test func samplesFallOutWithTheirSlice() {
        var rolling = RollingPercentile(window: .seconds(60), minimumSamples: 1)
        rolling.record(.seconds(1), at: start)
        for _ in 0..<100 { rolling.record(.milliseconds(1), at: start + .seconds(15)) }
        for _ in 0..<2 { rolling.record(.seconds(1), at: start + .seconds(30)) }
        rolling.advance(to: start + .seconds(74))
        #expect((rolling.value ?? .zero) < .milliseconds(2))
        rolling.advance(to: start + .seconds(75))
        #expect((rolling.value ?? .zero) >= .seconds(1))
        rolling.advance(to: start + .seconds(90))
        #expect(rolling.value == nil)
    }

    /// The samples of the last three to four slices, sorted, must have the same percentile.
    @Test(arguments: UInt64(0)..<10) func agreesWithAListOfSamples(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var rolling = RollingPercentile(share: 0.95, window: .seconds(40), minimumSamples: 20)
        var samples: [(slice: Int64, nanoseconds: Int64)] = []
        var milliseconds: Int64 = 0
        for _ in 0..<1_000 {
            milliseconds += Int64.random(in: 1...300, using: &random)
            if Int.random(in: 0..<100, using: &random) == 0 {
                milliseconds += Int64.random(in: 0...60_000, using: &random)
            }
            let now = Instant.zero + .milliseconds(milliseconds)
            let sample = Int64.random(in: 0...5_000_000_000, using: &random)
            rolling.record(.nanoseconds(sample), at: now)
            samples.append((milliseconds / 10_000, sample))
            // A second later the value is computed anew.
            milliseconds += 1_000
            rolling.advance(to: .zero + .milliseconds(milliseconds))
            let live = samples.filter { $0.slice > milliseconds / 10_000 - 4 }.map(\.nanoseconds).sorted()
            guard live.count >= 20 else {
                #expect(rolling.value == nil)
                continue
            }
            let truth = live[max(Int((Double(live.count) * 0.95 - 1e-9).rounded(.up)), 1) - 1]
            let found = rolling.value?.nanoseconds ?? -1
            #expect(found >= truth && Double(found) <= Double(truth) * (1 + 1.0 / 32) + 1, "seed \(seed)")
        }
    }
}
