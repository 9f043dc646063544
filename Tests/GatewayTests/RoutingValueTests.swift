import Breaking
import Stack
import Testing
import Wire

@testable import Gateway

@Suite struct RoutingValueTests {
    @Test func thePoolTakesTheLeastBusyOfThoseNotTried() throws {
        var table = BackendTable()
        let now = Instant(nanoseconds: 1_000_000_000_000)
        let places = (1...3).compactMap {
            table.keep(.init(address: "127.0.0.\($0)", port: 80), policy: BreakerPolicy(), at: now)?.place
        }
        var pool = InstancePool()
        pool.replace(places, names: ["web-1", "web-2", "web-3"], BalancePolicy(), at: now)
        func choose(_ tried: InstanceSet = []) -> Int? {
            pool.choose(from: &table, avoiding: tried, isHTTP: false, client: 0, at: now + .seconds(60))?.index
        }
        for place in places.dropLast() { table.connect(place) }
        #expect((0..<5).map { _ in choose() } == [2, 2, 2, 2, 2])
        table.connect(places[2])
        #expect(Set((0..<64).compactMap { _ in choose() }) == [0, 1, 2])
        #expect(choose([InstanceSet(instance: 0), InstanceSet(instance: 2)]) == 1)
        #expect(choose(InstanceSet(first: 3)) == nil)
        pool.replace([], names: [], BalancePolicy(), at: now)
        #expect(choose() == nil)
    }

    /// Two gateways, one after the other, may know the instances in any order.
    @Test func aClientHasTheSameInstanceAtEveryGateway() {
        func owners(_ instances: [Int]) -> [String] {
            var routes = RouteTable(startedAt: .zero)
            var traffic = TrafficPolicy()
            traffic.balance.method = .clientAddress
            let backends = instances.map {
                GatewayConfiguration.Backend(address: "127.0.0.\($0)", port: 80, instance: InstanceID("web", $0))
            }
            let route = GatewayConfiguration.Route(
                service: "web", target: 80, listeners: [], state: .open(backends), hold: .zero, traffic: traffic)
            _ = routes.apply(GatewayConfiguration(routes: [route]), at: .zero)
            return (0..<100 as Range<UInt64>).map { client in
                let chosen = routes.choose(0, avoiding: [], client: client, isFirstInLine: false, at: .zero)
                return chosen.flatMap { routes.backends.entries[$0.backend]?.backend.address } ?? "nobody"
            }
        }
        let (some, others) = (owners([1, 2, 3, 4]), owners([3, 1, 4, 2]))
        #expect(some == others)
        #expect(Set(some).count == 4)
    }

    /// More than fit into a machine word.
    @Test func aHundredInstancesAllHaveCalls() {
        var table = BackendTable()
        let places = (1...100).compactMap {
            table.keep(.init(address: "127.0.0.\($0)", port: 80), policy: BreakerPolicy(), at: .zero)?.place
        }
        var pool = InstancePool()
        var policy = BalancePolicy()
        policy.method = .roundRobin
        pool.replace(places, names: places.map { "web-\($0)" }, policy, at: .zero)
        let chosen = (0..<1_000).compactMap { _ in
            pool.choose(
                from: &table, avoiding: [], isHTTP: false, client: 0, at: Instant(nanoseconds: 60_000_000_000))?.index
        }
        #expect(Set(chosen) == Set(0..<100))
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
        let now = Instant(nanoseconds: 1)
        let kept = table.keep(backend, policy: BreakerPolicy(), at: now)
        let place = try #require(kept?.place)
        table.connect(place)
        table.drop(place)
        let again = table.keep(backend, policy: BreakerPolicy(), at: now)
        #expect(again?.place == place && again?.isNewRun == false)
        table.drop(place)
        table.disconnect(place)
        #expect(table.count == 0)
        let nowhere = table.keep(.init(address: "redis", port: 1), policy: BreakerPolicy(), at: now)
        #expect(nowhere == nil)
    }

    @Test(arguments: [
        Token(.client, place: 0, generation: 0), Token(.server, place: 1 << 20, generation: .max),
        Token(.listener, place: 3, generation: 7), Token(.timer, place: 0, generation: 1),
    ])
    func aTokenComesBackAsItWentIn(token: Token) {
        #expect(Token(bits: token.bits) == token)
    }
}
