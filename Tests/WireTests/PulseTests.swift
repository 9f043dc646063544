import Stack
import Testing

@testable import Wire

@Suite struct PulseTests {
    /// Looks every two seconds from then on; when it was lost first.
    private static func lostAt(_ pulse: inout Pulse, from first: Int, to last: Int) -> Int? {
        stride(from: first, through: last, by: 2).first { pulse.isLost(at: second($0)) }
    }

    private static func second(_ second: Int) -> Instant { .zero + .seconds(second) }

    @Test func itIsLostAfterLongSilence() {
        var pulse = Pulse(at: .zero)
        pulse.beat(at: Self.second(1))
        #expect(Self.lostAt(&pulse, from: 2, to: 60) == 22)
    }

    @Test func eachSignCounts() {
        var pulse = Pulse(at: .zero)
        pulse.beat(at: Self.second(1))
        #expect(Self.lostAt(&pulse, from: 2, to: 20) == nil)
        pulse.beat(at: Self.second(20))
        #expect(Self.lostAt(&pulse, from: 22, to: 60) == 40)
    }

    @Test func whoHasNeverGivenASignIsNotLost() {
        var pulse = Pulse(at: .zero)
        #expect(Self.lostAt(&pulse, from: 2, to: 1_000) == nil)
    }

    /// The host slept, or the one who looks was stopped: nobody could be heard.
    @Test func whoWasAwayHasHeardNobody() {
        var pulse = Pulse(at: .zero)
        pulse.beat(at: Self.second(1))
        #expect(!pulse.isLost(at: Self.second(2)))
        #expect(!pulse.isLost(at: Self.second(3_600)))
        #expect(Self.lostAt(&pulse, from: 3_602, to: 3_700) == 3_620)
    }
}
