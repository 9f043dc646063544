import Stack
import Testing

@testable import Wire

@Suite struct CallMessagesTests {
    private static func tally(_ outcome: CallOutcome, _ counts: [Int: UInt64]) -> GatewayCalls.Tally {
        GatewayCalls.Tally(
            outcome: outcome, buckets: (0..<LatencyBuckets.count).map { counts[$0] ?? 0 }, microseconds: .max)
    }

    static let calls = GatewayCalls(
        startedAt: Instant(nanoseconds: 7),
        counts: [
            GatewayCalls.Counts(
                instance: InstanceID("web", 2), port: 65_535,
                tallies: [tally(.success, [0: 1, 7: .max, 16: 3]), tally(.cancelled, [:])]),
            GatewayCalls.Counts(instance: InstanceID("", 0), port: 0, tallies: []),
        ], isComplete: true)

    @Test func comeBackAsTheyWere() {
        let report = GatewayReport.calls(Self.calls)
        #expect(GatewayReport(decoding: report.encoded()) == report)
        let every = GatewayCalls(
            startedAt: .zero,
            counts: [
                GatewayCalls.Counts(
                    instance: InstanceID("web", 1), port: 1,
                    tallies: CallOutcome.allCases.map { Self.tally($0, [Int($0.rawValue): 1]) })
            ], isComplete: false)
        #expect(GatewayReport(decoding: GatewayReport.calls(every).encoded()) == .calls(every))
    }

    @Test func whatIsCutShortIsNone() {
        let bytes = GatewayReport.calls(Self.calls).encoded()
        for count in 0..<bytes.count { #expect(GatewayReport(decoding: Array(bytes.prefix(count))) == nil) }
        #expect(GatewayReport(decoding: bytes + [0]) == nil)
    }

    /// A thousand services that all have calls of two kinds are told of once a second.
    @Test func areSmall() {
        let tallies = [Self.tally(.success, [2: 1, 3: 5, 4: 1]), Self.tally(.failure, [5: 1])]
        let counts = (1...1_000).map {
            GatewayCalls.Counts(instance: InstanceID("service", $0), port: 80, tallies: tallies)
        }
        let report = GatewayReport.calls(GatewayCalls(startedAt: .zero, counts: counts, isComplete: true))
        #expect(report.encoded().count < 100_000)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func anyBytesEndInAValueOrNone(seed: UInt64) {
        var state = seed
        func next() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
        let sample = GatewayReport.calls(Self.calls).encoded()
        for _ in 0..<2_000 {
            var bytes = sample
            for _ in 0...Int(next() % 4) { bytes[Int(next()) % bytes.count] = next() }
            if case .calls(let calls) = GatewayReport(decoding: bytes) {
                #expect(calls.counts.allSatisfy { $0.tallies.allSatisfy { $0.buckets.count == LatencyBuckets.count } })
            }
        }
    }
}
