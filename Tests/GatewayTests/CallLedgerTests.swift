import Stack
import Testing
import Wire

@testable import Gateway

@Suite struct CallLedgerTests {
    private static let web = InstanceID("web", 1)

    private func ledger() -> CallLedger { CallLedger(startedAt: Instant(nanoseconds: 9)) }

    @Test func aCallIsCountedWhereItBelongs() throws {
        var ledger = ledger()
        let place = ledger.place(of: Self.web, port: 80)
        ledger.record(.success, nanoseconds: 7_000_400, at: place)
        ledger.record(.success, nanoseconds: 90_000_000_000, at: place)
        ledger.record(.timeout, nanoseconds: -5, at: place)
        let all = ledger.take(all: true)
        let calls = try #require(all)
        #expect(calls.startedAt == Instant(nanoseconds: 9) && calls.isComplete)
        let counts = try #require(calls.counts.first)
        #expect(counts.instance == Self.web && counts.port == 80)
        #expect(counts.tallies.map(\.outcome) == [.success, .timeout])
        #expect(counts.tallies[0].buckets[4] == 1 && counts.tallies[0].buckets[16] == 1)
        #expect(counts.tallies[0].count == 2 && counts.tallies[0].microseconds == 90_007_000)
        #expect(counts.tallies[1].buckets[0] == 1 && counts.tallies[1].microseconds == 0)
    }

    @Test func onlyWhatHasChangedIsToldAgain() {
        var ledger = ledger()
        let (web, other) = (ledger.place(of: Self.web, port: 80), ledger.place(of: Self.web, port: 81))
        #expect(ledger.take(all: false) == nil)
        ledger.record(.success, nanoseconds: 1, at: web)
        ledger.record(.failure, nanoseconds: 1, at: other)
        #expect(ledger.take(all: false)?.counts.count == 2)
        #expect(ledger.take(all: false) == nil)
        ledger.record(.success, nanoseconds: 1, at: other)
        let changed = ledger.take(all: false)
        #expect(changed?.counts.map(\.port) == [81] && changed?.isComplete == false)
        #expect(changed?.counts.first?.tallies.map(\.count) == [1, 1])
        #expect(ledger.take(all: true)?.counts.count == 2)
    }

    @Test func whoHadNoCallIsNotTold() {
        var ledger = ledger()
        _ = ledger.place(of: Self.web, port: 80)
        #expect(ledger.take(all: true)?.counts.isEmpty == true)
    }

    @Test func aPlaceIsForGood() {
        var ledger = ledger()
        let place = ledger.place(of: Self.web, port: 80)
        #expect(ledger.place(of: InstanceID("web", 2), port: 80) != place)
        #expect(ledger.place(of: Self.web, port: 80) == place)
        #expect(ledger.name(at: place) == Array("web-1".utf8))
        #expect(ledger.name(at: CallLedger.none).isEmpty)
        ledger.record(.success, nanoseconds: 1, at: CallLedger.none)
        #expect(ledger.take(all: false) == nil)
    }
}
