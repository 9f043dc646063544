import Stack
import Testing

@testable import Flags

@Suite struct ServiceConditionTests {
    private func states(
        _ instances: [(Lifecycle, Health)], _ breaker: BreakerSummary = .closed, isHeld: Bool = false
    ) -> Set<FlagCondition.State> {
        let reports = instances.enumerated().map { number, instance in
            InstanceReport(id: InstanceID("a", number + 1), state: instance.0, health: instance.1, since: .zero)
        }
        return ServiceCondition(instances: reports, breaker: breaker, isHeld: isHeld).states
    }

    @Test func followFromTheInstances() {
        #expect(states([(.running, .none)]) == [.closed])
        #expect(states([(.completed, .none)]) == [.closed])
        #expect(states([(.running, .starting)]) == [.closed, .down])
        #expect(states([]) == [.closed, .down])
        #expect(states([(.stopped, .none)]) == [.closed, .down])
        #expect(states([(.running, .healthy), (.backoff, .none)]) == [.closed, .degraded])
        #expect(states([(.running, .healthy), (.running, .unhealthy)]) == [.closed, .degraded, .unhealthy])
        #expect(states([(.waiting, .none)], .open, isHeld: true) == [.open, .down, .waiting, .held])
    }

    @Test func anAdoptedInstanceIsWellUntilItsVerdict() {
        var report = InstanceReport(
            id: InstanceID("a", 1), state: .running, health: .starting, since: .zero, isAdopted: true)
        #expect(ServiceCondition(instances: [report], breaker: .closed, isHeld: false).states == [.closed])
        report.health = .unhealthy
        let states = ServiceCondition(instances: [report], breaker: .closed, isHeld: false).states
        #expect(states == [.closed, .down, .unhealthy])
    }

    @Test func aBreakerIsOpenWhereAPortHasNoWayThrough() {
        #expect(BreakerSummary.ofInstances([]) == .closed)
        #expect(BreakerSummary.ofInstances([.open, .open]) == .open)
        #expect(BreakerSummary.ofInstances([.open, .closed]) == .closed)
        #expect(BreakerSummary.ofInstances([.open, .halfOpen]) == .halfOpen)
        #expect(BreakerSummary.ofPorts([]) == .closed)
        #expect(BreakerSummary.ofPorts([.closed, .open, .halfOpen]) == .open)
        #expect(BreakerSummary.ofPorts([.closed, .halfOpen]) == .halfOpen)
    }

    @Test func conditionsHoldByTheRulesOfLogic() {
        let states: [String: Set<FlagCondition.State>] = ["a": [.open], "b": [.down]]
        let isOpen = FlagCondition.service("a", .open)
        let isHeld = FlagCondition.service("b", .held)
        func holds(_ condition: FlagCondition) -> Bool { condition.holds { ServiceCondition(states[$0] ?? []) } }
        #expect(holds(isOpen))
        #expect(!holds(isHeld))
        #expect(holds(.not(isHeld)))
        #expect(holds(.either(isHeld, isOpen)))
        #expect(!holds(.both(isHeld, isOpen)))
        #expect(holds(.both(isOpen, .not(isHeld))))
    }
}
