import Control
import Healing
import Stack
import Testing
import Wire

@testable import Healer

@Suite struct CallBookTests {
    private static let web = InstanceID("web", 1)
    private static let gateway = Instant(nanoseconds: 1)
    private let clock = Instant(nanoseconds: 5_000_000_000)

    /// A tally of so many calls of 5 to 10 ms.
    private static func tally(_ outcome: CallOutcome, _ count: UInt64, bucket: Int = 4) -> GatewayCalls.Tally {
        GatewayCalls.Tally(
            outcome: outcome, buckets: (0..<LatencyBuckets.count).map { $0 == bucket ? count : 0 },
            microseconds: count * 7_500)
    }

    private static func report(
        _ tallies: GatewayCalls.Tally..., instance: InstanceID = web, gateway: Instant = gateway,
        isComplete: Bool = false
    ) -> GatewayCalls {
        GatewayCalls(
            startedAt: gateway, counts: [GatewayCalls.Counts(instance: instance, port: 80, tallies: tallies)],
            isComplete: isComplete)
    }

    /// A book that has heard of a gateway without calls.
    private func book() -> CallBook {
        var book = CallBook()
        book.take(GatewayCalls(startedAt: Self.gateway, counts: [], isComplete: true), at: clock)
        return book
    }

    private func traffic(_ book: CallBook) -> (service: TrafficStatus?, instance: TrafficStatus?) {
        let status = ServiceStatus(
            state: .running, health: .healthy, since: "", restarts: 0, lastError: nil, waitingOn: nil,
            operatorWill: nil, image: nil, ports: [],
            instances: [
                InstanceStatus(
                    name: "web-1", state: .running, health: .healthy, pid: nil, address: nil, since: "", startedAt: nil,
                    restarts: 0, exitCode: nil, lastError: nil, waitingOn: nil, nextActionAt: nil, statusText: nil,
                    readyAfter: nil)
            ])
        let adorned = book.adorn(["web": status])["web"]
        return (adorned?.traffic, adorned?.instances.first?.traffic)
    }

    private func total(_ book: CallBook) -> UInt64 {
        book.counts { _ in true }.flatMap(\.tallies).reduce(0) { $0 + $1.count }
    }

    @Test func whatIsNotNamedStaysAsItWas() {
        var book = book()
        book.take(Self.report(Self.tally(.success, 3)), at: clock)
        book.take(Self.report(Self.tally(.success, 2), instance: InstanceID("web", 2)), at: clock)
        #expect(book.counts { _ in true }.map(\.instance) == [Self.web, InstanceID("web", 2)])
        #expect(total(book) == 5)
        #expect(book.counts { $0 == "other" }.isEmpty)
    }

    @Test func aWholeReportOfAnotherGatewayBeginsAnew() {
        var book = book()
        book.take(Self.report(Self.tally(.success, 300)), at: clock)
        book.take(
            Self.report(Self.tally(.success, 2), gateway: Instant(nanoseconds: 2), isComplete: true), at: clock)
        #expect(total(book) == 2)
        // Both are of the last minute.
        #expect(traffic(book).service?.calls == 302)
        book.take(GatewayCalls(startedAt: Instant(nanoseconds: 3), counts: [], isComplete: true), at: clock)
        #expect(book.counts { _ in true }.isEmpty)
    }

    @Test func aNewGatewayMayHaveCountedMoreThanTheOneBefore() {
        var book = book()
        book.take(Self.report(Self.tally(.success, 3)), at: clock)
        book.take(
            Self.report(Self.tally(.success, 5), gateway: Instant(nanoseconds: 2), isComplete: true), at: clock)
        #expect(traffic(book).service?.calls == 8)
    }

    @Test func whatHappenedBeforeThisHealerIsNotOfLately() {
        var book = CallBook()
        book.take(Self.report(Self.tally(.success, 1_000), isComplete: true), at: clock)
        #expect(total(book) == 1_000)
        #expect(traffic(book).service == nil)
        book.take(Self.report(Self.tally(.success, 1_004)), at: clock)
        #expect(traffic(book).service?.calls == 4)
    }

    @Test func theSameGatewayToldAgainIsNoNews() {
        var book = book()
        book.take(Self.report(Self.tally(.success, 4)), at: clock)
        book.take(Self.report(Self.tally(.success, 4), isComplete: true), at: clock)
        #expect(traffic(book).service?.calls == 4)
    }

    @Test func aPersonSeesHowLongCallsTookAndHowManyFailed() throws {
        var book = book()
        book.take(
            Self.report(Self.tally(.success, 90), Self.tally(.failure, 8), Self.tally(.cancelled, 50, bucket: 16)),
            at: clock)
        book.take(Self.report(Self.tally(.timeout, 2, bucket: 13)), at: clock)
        let seen = try #require(traffic(book).service)
        #expect(seen.calls == 150 && seen.failed == 10 && seen.windowSeconds == 60)
        // What clients gave up says nothing of how long it takes.
        #expect(try #require(seen.p50) > 0.005 && seen.p50 ?? 1 < 0.01)
        #expect(try #require(seen.p95) <= 0.01)
        #expect(try #require(seen.p99) > 5)
        #expect(traffic(book).instance == seen)
    }

    @Test func afterAMinuteItIsForgottenAndStillCounted() {
        var book = book()
        book.take(Self.report(Self.tally(.success, 3)), at: clock)
        #expect(book.hasRecent)
        book.forget(at: clock + .seconds(49))
        #expect(traffic(book).service?.calls == 3)
        book.forget(at: clock + .seconds(61))
        #expect(!book.hasRecent)
        #expect(traffic(book).service == nil)
        #expect(total(book) == 3)
    }
}

@Suite struct CallMetricsTests {
    private static let counts = GatewayCalls.Counts(
        instance: InstanceID("web", 1), port: 80,
        tallies: [
            GatewayCalls.Tally(
                outcome: .success, buckets: [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4], microseconds: 1_500_000
            )
        ])

    private func value(_ families: [MetricFamily], _ name: String, _ suffix: String, _ label: String) -> [Double] {
        families.filter { $0.name == name }.flatMap(\.samples).filter {
            $0.suffix == suffix && $0.labels.contains { $0.value == label }
        }.map(\.value)
    }

    @Test func callsAreCountedByOutcomeAndBothOutcomesAreThereFromTheStart() {
        let families = CallMetrics.families([Self.counts], stack: "shop")
        #expect(value(families, "hale_gateway_calls_total", "", "success") == [7])
        #expect(value(families, "hale_gateway_calls_total", "", "failure") == [0])
        #expect(value(families, "hale_gateway_calls_total", "", "timeout").isEmpty)
        #expect(
            families.first?.samples.first?.labels.map(\.name) == ["stack", "service", "port", "instance", "outcome"])
    }

    @Test func aBucketHoldsAllThatWasShorter() {
        let families = CallMetrics.families([Self.counts], stack: "shop")
        let name = "hale_gateway_call_duration_seconds"
        #expect(value(families, name, "_bucket", "0.0005") == [2])
        #expect(value(families, name, "_bucket", "0.001") == [3])
        #expect(value(families, name, "_bucket", "60") == [3])
        #expect(value(families, name, "_bucket", "+Inf") == [7])
        #expect(value(families, name, "_sum", "success") == [1.5])
        #expect(value(families, name, "_count", "success") == [7])
        #expect(value(families, name, "_bucket", "success").count == LatencyBuckets.count)
    }

    @Test func withoutCallsThereIsNothing() {
        #expect(CallMetrics.families([], stack: "shop").isEmpty)
    }
}
