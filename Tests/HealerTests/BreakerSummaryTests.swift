import Flags
import Stack
import Testing
import Wire

@testable import Healer

@Suite struct BreakerSummaryTests {
    private func record(
        _ service: String, port: UInt16 = 80, instance: Int = 1, _ state: BreakerState
    ) -> BreakerRecord {
        let backend = GatewayConfiguration.Backend(address: "127.0.0.\(instance)", port: port)
        return BreakerRecord(service: service, target: port, backend: backend, state: state)
    }

    @Test func everyServiceIsJudgedByItsPortsAndInstances() {
        let summaries = BreakerSummary.byService([
            record("a", instance: 1, .open), record("a", instance: 2, .forcedOpen),
            record("b", instance: 1, .open), record("b", instance: 2, .closed),
            record("c", port: 80, .closed), record("c", port: 81, .open),
            record("d", .halfOpen), record("e", .disabled), record("f", .metricsOnly),
        ])
        #expect(
            summaries == ["a": .open, "b": .closed, "c": .open, "d": .halfOpen, "e": .closed, "f": .closed])
        #expect(BreakerSummary.byService([]).isEmpty)
    }
}
