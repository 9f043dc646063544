import Control
import Healing
import Stack
import Testing
import Wire

@testable import Healer

@Suite struct BreakerBookTests {
    private static let web = InstanceID("web", 1)
    private let clock = Instant(nanoseconds: 5_000_000_000)

    private func record(
        _ state: BreakerState, successes: UInt64 = 0, failures: UInt64 = 0, last: String? = "connection refused",
        address: String = "127.1.1.1", port: UInt16 = 80
    ) -> BreakerRecord {
        var record = BreakerRecord(
            service: "web", target: port, backend: .init(address: address, port: port), state: state)
        record.successes = successes
        record.failures = failures
        record.lastFailure = last
        return record
    }

    private func take(_ book: inout BreakerBook, _ records: BreakerRecord...) -> [Entry] {
        book.take(records, at: clock) { $0 == "127.1.1.1" ? Self.web : nil }
    }

    /// A book that has heard of a closed breaker.
    private func book(successes: UInt64 = 0, failures: UInt64 = 0) -> BreakerBook {
        var book = BreakerBook()
        #expect(take(&book, record(.closed, successes: successes, failures: failures)).isEmpty)
        return book
    }

    @Test func aBreakerThatOpensSaysWhy() {
        var book = book()
        #expect(take(&book, record(.closed, failures: 2)).isEmpty)
        #expect(
            take(&book, record(.open, failures: 5)) == [
                Entry(
                    .breakerOpened, instance: Self.web,
                    text: "the breaker of web-1 port 80 has opened: 5 failures in a row, the last: connection refused",
                    cause: "connection refused")
            ])
        #expect(take(&book, record(.halfOpen, failures: 5)).map(\.kind) == [.breakerHalfOpen])
        #expect(
            take(&book, record(.closed, successes: 3, failures: 5)).map(\.text) == [
                "the breaker of web-1 port 80 has closed: all calls go through again"
            ])
    }

    @Test func onlyFailuresSinceTheLastSuccessAreARow() {
        var book = book(successes: 90, failures: 7)
        #expect(take(&book, record(.closed, successes: 91, failures: 8)).isEmpty)
        #expect(
            take(&book, record(.open, successes: 91, failures: 13)).first?.text.contains("5 failures in a row") == true)
    }

    @Test func whatIsMixedIsToldAsARate() {
        var book = book()
        var mixed = record(.open, successes: 5, failures: 6)
        mixed.failureRate = 0.545
        #expect(
            take(&book, mixed).first?.text.hasSuffix("has opened: 55 % of calls fail, the last: connection refused")
                == true)
        var slow = record(.open, successes: 10, last: nil)
        slow.slowCallRate = 1
        var other = self.book()
        #expect(take(&other, slow).first?.cause == "100 % of calls are slow")
    }

    @Test func aNewGatewayThatTellsTheSameIsNoNews() {
        var book = book()
        #expect(take(&book, record(.open, failures: 5)).count == 1)
        #expect(take(&book, record(.open, failures: 5)).isEmpty)
        // Counts of a new gateway begin anew.
        #expect(take(&book, record(.open)).isEmpty)
        #expect(take(&book, record(.closed)).map(\.kind) == [.breakerClosed])
    }

    @Test func aNewHealerWritesNothingOfWhatItFinds() {
        var book = BreakerBook()
        #expect(take(&book, record(.open, failures: 5)).isEmpty)
        #expect(book.keptAway("web").map(\.since) == [nil])
        #expect(take(&book, record(.halfOpen, failures: 5)).map(\.kind) == [.breakerHalfOpen])
    }

    @Test func aBreakerThatIsFirstToldOpenIsNews() {
        var book = book()
        let entries = take(&book, record(.closed), record(.open, failures: 5, port: 81))
        #expect(
            entries.map(\.text) == [
                "the breaker of web-1 port 81 has opened: 5 failures in a row, the last: connection refused"
            ])
    }

    @Test func whatAPersonOpensIsToldApart() {
        var book = book()
        let entries = take(&book, record(.forcedOpen, last: nil))
        #expect(entries.map(\.text) == ["the breaker of web-1 port 80 is open until a person closes it"])
        #expect(entries.map(\.cause) == ["asked by hand"])
        #expect(book.keptAway("web").map(\.isByHand) == [true])
    }

    @Test func switchingItOffIsWrittenOnlyWhereCallsWereKeptAway() {
        var book = book()
        #expect(take(&book, record(.disabled)).isEmpty)
        #expect(take(&book, record(.open)).count == 1)
        #expect(take(&book, record(.metricsOnly)).map(\.kind) == [.breakerClosed])
    }

    @Test func aBackendThatIsNoInstancesIsLeftOut() {
        var book = book()
        #expect(take(&book, record(.open, address: "127.9.9.9")).isEmpty)
        #expect(book.statuses { _ in "" }.isEmpty)
    }

    @Test func peopleSeeAllThatTheGatewayTold() throws {
        var book = book()
        var told = record(.open, successes: 4, failures: 5)
        told.openUntil = Instant(nanoseconds: 10_000_000_000)
        told.pending = 1
        told.failureRate = 0.5
        told.slowCallRate = 0.1
        told.trips = 2
        told.rejections = 3
        told.slowCalls = 6
        _ = take(&book, told, record(.closed, port: 79))
        let shown = try #require(book.statuses { "at \($0.nanoseconds / 1_000_000_000) s" }[Self.web])
        #expect(shown.map(\.port) == [79, 80])
        var expected = BreakerStatus(service: "web", instance: "web-1", port: 80, state: .open)
        expected.openUntil = "at 10 s"
        expected.pending = 1
        expected.failureRate = 0.5
        expected.slowCallRate = 0.1
        expected.trips = 2
        expected.rejections = 3
        expected.successes = 4
        expected.failures = 5
        expected.slowCalls = 6
        expected.lastFailure = "connection refused"
        #expect(shown.last == expected)
    }

    @Test func anExplanationIsToldSinceWhen() {
        var book = book()
        _ = take(&book, record(.open, failures: 5))
        _ = book.take([record(.halfOpen, failures: 5)], at: clock + .seconds(5)) { _ in Self.web }
        #expect(
            book.keptAway("web") == [
                KeptAwayCalls(
                    instance: Self.web, port: 80, since: clock, reason: "connection refused", until: nil,
                    isByHand: false)
            ])
        #expect(book.keptAway("db").isEmpty)
        _ = take(&book, record(.closed))
        #expect(book.keptAway("web").isEmpty)
    }
}
