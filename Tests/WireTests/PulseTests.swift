import Stack
import Testing

@testable import Wire

@Suite struct PulseTests {
    private var pulse = Pulse(at: .zero)

    private static func second(_ second: Int) -> Instant { .zero + .seconds(second) }

    /// Looks every two seconds; when the pulse was lost first.
    private mutating func lostAt(from first: Int, to last: Int) -> Int? {
        for second in stride(from: first, through: last, by: 2) where pulse.isLost(at: Self.second(second)) {
            return second
        }
        return nil
    }

    @Test mutating func itIsLostAfterLongSilence() {
        pulse.beat(at: Self.second(1))
        let lost = lostAt(from: 2, to: 60)
        #expect(lost == 22)
    }

    @Test mutating func eachSignCounts() {
        pulse.beat(at: Self.second(1))
        let early = lostAt(from: 2, to: 20)
        #expect(early == nil)
        pulse.beat(at: Self.second(20))
        let lost = lostAt(from: 22, to: 60)
        #expect(lost == 40)
    }

    @Test mutating func whoHasNeverGivenASignIsNotLost() {
        let lost = lostAt(from: 2, to: 1_000)
        #expect(lost == nil)
    }

    /// The host slept, or the one who looks was stopped: nobody could be heard.
    @Test mutating func whoWasAwayHasHeardNobody() {
        pulse.beat(at: Self.second(1))
        let early = lostAt(from: 2, to: 2)
        #expect(early == nil)
        let lost = lostAt(from: 3_600, to: 3_700)
        #expect(lost == 3_620)
    }
}
