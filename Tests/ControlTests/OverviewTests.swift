import Stack
import Testing

@testable import Control

struct OverviewTests {
    private func overview() throws -> JSONValue {
        let head = RequestHead(method: "GET", path: "/v1/overview", transport: .unix)
        return try JSONText.decode(JSONValue.self, from: Router(backend: FakeBackend()).answer(head, body: []).body)
    }

    @Test func servicesAreThereByNameWithWhatTheyNeedAndUse() throws {
        let services = try #require(try overview()["services"]?.items)
        #expect(services.map { $0["name"] } == [.text("redis"), .text("worker")])
        let worker = services[1]
        #expect(worker["depends_on"] == [["service": "redis", "condition": "service_healthy"]])
        #expect(worker["critical"] == true)
        #expect(worker["instances"] == 2 && worker["instances_up"] == 2)
        #expect(
            worker["usage"] == [
                "processors": .number(0.25), "processor_limit": 2, "memory_bytes": 150, "memory_limit_bytes": 800,
            ])
        #expect(services[0]["usage"] == nil)
        #expect(services[0]["depends_on"] == [])
    }

    @Test func useIsAddedUpAsFarAsItIsKnown() {
        #expect(ServiceUsage.sum(of: []) == nil)
        let limited = ServiceUsage(processors: 1, processorLimit: 2, memory: 3, memoryLimit: 4)
        let free = ServiceUsage(processors: nil, memory: 5)
        #expect(ServiceUsage.sum(of: [limited, free]) == ServiceUsage(processors: 1, memory: 8))
        #expect(
            ServiceUsage.sum(of: [limited, limited])
                == ServiceUsage(processors: 2, processorLimit: 4, memory: 6, memoryLimit: 8))
    }
}
