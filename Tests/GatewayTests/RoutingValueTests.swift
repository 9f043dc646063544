import Testing
import Wire

@testable import Gateway

@Suite struct RoutingValueTests {
    @Test func theRotationTakesTheLeastBusyAndOfEqualsTheNext() {
        var rotation = BackendRotation(places: [7, 8, 9])
        #expect((0..<4).map { _ in rotation.choose { _ in 0 } } == [0, 1, 2, 0])
        #expect(rotation.choose { $0 == 9 ? 1 : 5 } == 2)
        var empty = BackendRotation()
        #expect(empty.choose { _ in 0 } == nil)
    }

    @Test func everyBackendIsTriedOnce() {
        let rotation = BackendRotation(places: [0, 1, 2])
        #expect(rotation.successor(of: 2, attempts: 1) == 0)
        #expect(rotation.successor(of: 0, attempts: 2) == 1)
        #expect(rotation.successor(of: 1, attempts: 3) == nil)
    }

    @Test func theRetryDelayGrowsToFiftyMilliseconds() {
        var delay = RetryDelay()
        #expect((0..<8).map { _ in delay.next() / 1_000_000 } == [1, 2, 5, 10, 20, 50, 50, 50])
        delay.reset()
        #expect(delay.next() == 1_000_000)
    }

    @Test func theLineKeepsTheOrderOfArrival() {
        let table = ConnectionTable(capacity: 8)
        var line = Line()
        var places: [Int32] = []
        for arrival in [30, 10, 20, 40, 5] as [Int64] {
            guard let place = table.add() else { continue }
            table.record(place).pointee.arrival = arrival
            line.insertByArrival(place, in: table)
            places.append(place)
        }
        line.remove(places[2], in: table)
        var arrivals: [Int64] = []
        while !line.isEmpty {
            arrivals.append(table.record(line.first).pointee.arrival)
            line.remove(line.first, in: table)
        }
        #expect(arrivals == [5, 10, 30, 40])
    }

    @Test func aRecordUsedAgainIsNotTakenForTheOneBefore() throws {
        let table = ConnectionTable(capacity: 1)
        let place = try #require(table.add())
        table.record(place).pointee.phase = .waiting
        let generation = table.record(place).pointee.generation
        #expect(table.add() == nil)
        table.remove(place)
        #expect(table.add() == place)
        table.record(place).pointee.phase = .waiting
        #expect(table.record(place, generation: generation) == nil)
        #expect(table.record(place, generation: generation &+ 1) != nil)
    }

    @Test func aBackendIsForgottenWhenNothingNamesOrUsesIt() throws {
        var table = BackendTable()
        let backend = GatewayConfiguration.Backend(address: "127.0.0.9", port: 80)
        let kept = table.keep(backend)
        let place = try #require(kept)
        table.connect(place)
        table.drop(place)
        #expect(table.keep(backend) == place)
        table.drop(place)
        table.disconnect(place)
        #expect(table.count == 0)
        #expect(table.keep(GatewayConfiguration.Backend(address: "redis", port: 1)) == nil)
    }

    @Test(arguments: [
        Token(.client, place: 0, generation: 0), Token(.server, place: 1 << 20, generation: .max),
        Token(.listener, place: 3, generation: 7), Token(.timer, place: 0, generation: 1),
    ])
    func aTokenComesBackAsItWentIn(token: Token) {
        #expect(Token(bits: token.bits) == token)
    }
}
