import Stack
import Testing
import Wire

@testable import Gateway

@Suite struct LoopAssignmentTests {
    private static func route(_ service: String, port: UInt16 = 80, helpers: String...) -> GatewayConfiguration.Route {
        var traffic = TrafficPolicy()
        traffic.fallback = helpers.map { .service($0, port: 80) }
        return GatewayConfiguration.Route(
            service: service, target: port, listeners: [], state: .held, hold: .zero, traffic: traffic)
    }

    private func take(_ configuration: GatewayConfiguration, _ assignment: inout LoopAssignment) -> Bool {
        assignment.take(configuration)
    }

    @Test func servicesAreSharedOutEvenly() {
        var assignment = LoopAssignment(loops: 3)
        let names = (1...9).map { "service\($0)" }
        #expect(take(GatewayConfiguration(routes: names.map { Self.route($0) }), &assignment) == false)
        let homes = names.compactMap { assignment.home(of: $0) }
        #expect((0..<3).allSatisfy { loop in homes.count { $0 == loop } == 3 })
    }

    @Test func allRoutesOfAServiceAreTogether() {
        var assignment = LoopAssignment(loops: 2)
        _ = assignment.take(
            GatewayConfiguration(routes: [Self.route("graph", port: 1), Self.route("graph", port: 2)]))
        _ = assignment.take(GatewayConfiguration(routes: [Self.route("graph", port: 3)], isComplete: false))
        #expect(assignment.home(of: "graph") == 0)
        #expect(!assignment.hasMoved)
    }

    @Test func servicesThatAnswerForEachOtherAreTogether() {
        var assignment = LoopAssignment(loops: 4)
        _ = assignment.take(
            GatewayConfiguration(routes: [
                Self.route("a", helpers: "b"), Self.route("b"), Self.route("c", helpers: "d"),
                Self.route("d", helpers: "b"),
                Self.route("e"),
            ]))
        #expect(Set(["a", "b", "c", "d"].map { assignment.home(of: $0) }).count == 1)
        #expect(assignment.home(of: "e") != assignment.home(of: "a"))
    }

    @Test func aServiceStaysWhereItIs() {
        var assignment = LoopAssignment(loops: 2)
        let all = ["a", "b", "c"].map { Self.route($0) }
        _ = assignment.take(GatewayConfiguration(routes: all))
        let home = assignment.home(of: "c")
        #expect(take(GatewayConfiguration(routes: [Self.route("c")]), &assignment) == false)
        #expect(take(GatewayConfiguration(routes: all.reversed()), &assignment) == false)
        #expect(assignment.home(of: "c") == home)
    }

    @Test func aNewFallbackMovesOneSideAndItsFormerLoopIsKnown() throws {
        var assignment = LoopAssignment(loops: 2)
        _ = assignment.take(GatewayConfiguration(routes: [Self.route("a"), Self.route("b")]))
        let former = try #require(assignment.home(of: "b"))
        #expect(
            take(GatewayConfiguration(routes: [Self.route("a", helpers: "b")], isComplete: false), &assignment) == true)
        #expect(assignment.home(of: "a") == 0)
        #expect(assignment.home(of: "b") == 0)
        #expect(assignment.isFormerHome(former, of: "b"))
        #expect(!assignment.isFormerHome(0, of: "b"))
        // Without the fallback they stay together.
        #expect(take(GatewayConfiguration(routes: [Self.route("a"), Self.route("b")]), &assignment) == false)
        #expect(assignment.home(of: "b") == 0)
    }

    @Test func whatIsNotConfiguredAnyMoreIsForgotten() {
        var assignment = LoopAssignment(loops: 2)
        _ = assignment.take(GatewayConfiguration(routes: [Self.route("a"), Self.route("b")]))
        _ = assignment.take(GatewayConfiguration(routes: [Self.route("a", helpers: "b"), Self.route("b")]))
        #expect(assignment.hasMoved)
        _ = assignment.take(GatewayConfiguration(routes: [Self.route("a")]))
        #expect(assignment.home(of: "b") == nil)
        #expect(!assignment.hasMoved)
    }
}
