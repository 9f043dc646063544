import Breaking
import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

@Suite struct KeptBreakerTests {
    private static let now = Instant(nanoseconds: 1_000_000_000_000)
    private static let backend = GatewayConfiguration.Backend(address: "127.0.0.1", port: 80, run: 1)

    /// A table with an open breaker of the first run, and its place.
    private static func opened() throws -> (BackendTable, Int) {
        var table = BackendTable()
        let place = try #require(table.keep(backend, policy: BreakerPolicy(), at: now)?.place)
        for _ in 0..<5 {
            guard case .admitted(let permit?) = table.admit(place, isFirstInLine: false, at: now) else { break }
            table.record(.failure, of: permit, place, at: now)
        }
        _ = table.fail(.answer("it answers with errors"), place, at: now.nanoseconds)
        return (table, place)
    }

    private static func state(_ table: BackendTable, _ place: Int?) -> CircuitBreaker.State? {
        place.flatMap { table.entries[$0]?.guardian.breaker.state }
    }

    private static func run(_ run: Int) -> GatewayConfiguration.Backend {
        GatewayConfiguration.Backend(address: backend.address, port: backend.port, run: run)
    }

    @Test func itStaysOpenWhileNobodyNamesItsInstance() throws {
        var (table, place) = try Self.opened()
        table.drop(place)
        #expect(table.count == 0)
        let again = table.keep(Self.backend, policy: BreakerPolicy(), at: Self.now + .seconds(1))?.place
        #expect(Self.state(table, again) == .open(until: Self.now + .seconds(5)))
    }

    @Test func anotherRunBeginsAnew() throws {
        var (table, place) = try Self.opened()
        table.drop(place)
        let again = table.keep(Self.run(2), policy: BreakerPolicy(), at: Self.now + .seconds(1))?.place
        #expect(Self.state(table, again) == .closed)
    }

    @Test(arguments: [true, false])
    func whatAPersonOrderedHoldsForEveryRun(isNamedThroughout: Bool) throws {
        var (table, place) = try Self.opened()
        table.carryOut(.open, place, at: Self.now)
        if !isNamedThroughout { table.drop(place) }
        let again = table.keep(Self.run(2), policy: BreakerPolicy(), at: Self.now)?.place
        #expect(Self.state(table, again) == .forcedOpen)
    }

    @Test func anotherGatewayGoesOnWithIt() throws {
        let (table, _) = try Self.opened()
        let text = try JSONEncoder().encode(table.keptBreakers)
        var other = BackendTable()
        other.remember(try JSONDecoder().decode([KeptBreaker].self, from: text))
        let place = try #require(other.keep(Self.backend, policy: BreakerPolicy(), at: Self.now)?.place)
        #expect(Self.state(other, place) == .open(until: Self.now + .seconds(5)))
        let guardian = other.entries[place]?.guardian
        #expect(guardian?.breaker.counters.failures == 5)
        #expect(guardian?.lastFailure == .answer("it answers with errors"))
    }

    @Test func aPolicyThatHasChangedMeanwhileIsTheOneInForce() throws {
        var (table, place) = try Self.opened()
        table.drop(place)
        var off = BreakerPolicy()
        off.mode = .disabled
        let second = try #require(table.keep(Self.backend, policy: off, at: Self.now)?.place)
        #expect(Self.state(table, second) == .disabled)
        table.drop(second)
        let third = table.keep(Self.backend, policy: BreakerPolicy(), at: Self.now)?.place
        #expect(Self.state(table, third) == .closed)
    }

    @Test func onlyChangesOfStateAreWorthAFile() throws {
        var (table, place) = try Self.opened()
        let revision = table.breakerRevision
        #expect(revision == 1)
        #expect(table.keptBreakers.count == 1)
        table.drop(place)
        var fresh = BackendTable()
        _ = fresh.keep(Self.backend, policy: BreakerPolicy(), at: Self.now)
        #expect(fresh.keptBreakers.isEmpty && fresh.breakerRevision == 0)
    }
}
