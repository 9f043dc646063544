import Stack
import Testing

@Suite struct LatencyBucketsTests {
    @Test func eachBucketEndsAtItsBound() {
        #expect(LatencyBuckets.bounds.count == LatencyBuckets.count - 1)
        for (place, bound) in LatencyBuckets.bounds.enumerated() {
            #expect(LatencyBuckets.place(ofNanoseconds: bound.nanoseconds) == place)
            #expect(LatencyBuckets.place(ofNanoseconds: bound.nanoseconds + 1) == place + 1)
        }
        #expect(LatencyBuckets.place(ofNanoseconds: .min) == 0)
        #expect(LatencyBuckets.place(ofNanoseconds: .max) == LatencyBuckets.count - 1)
    }

    private func counts(_ filled: [Int: UInt64]) -> [UInt64] {
        (0..<LatencyBuckets.count).map { filled[$0] ?? 0 }
    }

    @Test func aPercentileLiesWithinItsBucket() throws {
        // 100 calls from 5 to 10 ms.
        let even = counts([4: 100])
        #expect(try #require(LatencyBuckets.percentile(0.5, of: even)) == 0.0075)
        #expect(try #require(LatencyBuckets.percentile(1, of: even)) == 0.01)
        // 98 fast ones and two that took from 1 to 2.5 s.
        let split = counts([0: 98, 11: 2])
        #expect(try #require(LatencyBuckets.percentile(0.5, of: split)) <= 0.0005)
        #expect(try #require(LatencyBuckets.percentile(0.99, of: split)) == 1.75)
    }

    @Test func whatHasNoEndIsAsLongAsTheLastBound() {
        #expect(LatencyBuckets.percentile(0.99, of: counts([16: 5])) == 60)
    }

    @Test func withoutCallsThereIsNone() {
        #expect(LatencyBuckets.percentile(0.5, of: counts([:])) == nil)
        #expect(LatencyBuckets.percentile(0.5, of: []) == nil)
    }

    @Test(arguments: [-1.0, 2, .infinity]) func sharesAreBounded(share: Double) {
        #expect(LatencyBuckets.percentile(share, of: counts([4: 1])) != nil)
    }
}
