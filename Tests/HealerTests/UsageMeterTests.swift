import Control
import Platform
import Stack
import Testing

@testable import Healer

@Suite struct UsageMeterTests {
    private func status(_ pids: [String: Int32?]) -> StackStatus {
        let services = pids.mapValues { _ in
            ServiceStatus(
                state: .running, health: .healthy, since: "", restarts: 0, lastError: nil, waitingOn: nil,
                operatorWill: nil, image: nil, ports: [], instances: [])
        }
        var status = StackStatus(
            stack: "shop", status: .healthy, services: services, version: "",
            processes: .init(keeper: nil, healer: nil, gateway: nil), statusAddress: nil, notices: [])
        for (name, pid) in pids {
            status.services[name]?.instances = [
                InstanceStatus(
                    name: name + "-1", state: .running, health: .healthy, pid: pid, address: nil, since: "",
                    startedAt: nil, restarts: 0, exitCode: nil, lastError: nil, waitingOn: nil, nextActionAt: nil,
                    statusText: nil, readyAfter: nil)
            ]
        }
        return status
    }

    private let stack = Stack(
        name: "shop", directory: "/",
        services: [
            Service(
                name: "web",
                launch: LaunchSpecification(command: [], resources: ResourceLimits(memory: 1 << 40, processors: 2)))
        ])

    @Test func aProcessIsMeasuredAgainstItsLimits() throws {
        let meter = UsageMeter(interval: .zero)
        let status = status(["web": ProcessFacts.own, "gone": nil])
        let first = meter.usage(of: status, stack)
        #expect(first.keys.sorted() == ["web-1"])
        #expect(first["web-1"]?.processors == nil)
        let second = try #require(meter.usage(of: status, stack)["web-1"])
        #expect(second.processors != nil)
        #expect(second.processorLimit == 2)
        #expect(second.memory > 1 << 20)
        #expect(second.memoryLimit != nil)
    }

    @Test func whatWasMeasuredOfAnotherProcessDoesNotCount() {
        let meter = UsageMeter(interval: .seconds(3600))
        #expect(meter.usage(of: status(["web": ProcessFacts.own]), stack).count == 1)
        #expect(meter.usage(of: status(["web": 1 << 23]), stack).isEmpty)
    }

    @Test func aRoundThatIsTooLongIsContinuedByTheNext() {
        let meter = UsageMeter(interval: .zero, budget: .zero)
        let own: Int32? = ProcessFacts.own
        let status = status(["a": own, "b": own, "c": own])
        #expect(meter.usage(of: status, stack).keys.sorted() == ["a-1"])
        #expect(meter.usage(of: status, stack).keys.sorted() == ["a-1", "b-1"])
        #expect(meter.usage(of: status, stack).keys.sorted() == ["a-1", "b-1", "c-1"])
        #expect(meter.usage(of: status, stack).count == 3)
    }
}
