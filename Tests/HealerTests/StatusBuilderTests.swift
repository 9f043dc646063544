import Control
import Runtimes
import Stack
import Testing

@testable import Healer

@Suite struct StatusBuilderTests {
    static func service(_ name: String, critical: Bool = false) -> Service {
        Service(name: name, launch: LaunchSpecification(command: [name]), critical: critical)
    }

    static func overall(
        _ reports: [(String, Lifecycle, Health)], critical: Set<String> = []
    ) -> StackStatus.Overall {
        let services = Set(reports.map(\.0)).map { service($0, critical: critical.contains($0)) }
        let stack = Stack(name: "shop", directory: "/", services: services)
        var book = AddressBook(identity: "shop")
        var builder = StatusBuilder(calendarOffset: 0)
        var numbers: [String: Int] = [:]
        let instances = reports.map { name, state, health in
            numbers[name, default: 0] += 1
            return InstanceReport(
                id: InstanceID(name, numbers[name] ?? 1), state: state, health: health, since: .zero)
        }
        let statuses = builder.services(
            of: stack, report: instances, operatorWill: { _ in nil }, ports: { _ in [] },
            address: { book.address(of: $0.service, number: $0.number) })
        return StatusBuilder.overall(of: stack, services: statuses)
    }

    @Test func healthyWhereAllIsWell() {
        #expect(
            Self.overall([("db", .running, .healthy), ("web", .running, .none), ("job", .completed, .none)])
                == .healthy)
    }

    @Test(arguments: [
        (Lifecycle.running, Health.unhealthy), (.backoff, .none), (.quarantined, .none), (.stopped, .none),
        (.waiting, .none), (.starting, .starting),
    ])
    func degradedWhereOneIsNot(state: Lifecycle, health: Health) {
        #expect(Self.overall([("db", state, health), ("web", .running, .none)]) == .degraded)
        #expect(Self.overall([("db", state, health), ("web", .running, .none)], critical: ["db"]) == .down)
        #expect(Self.overall([("db", state, health), ("web", .running, .none)], critical: ["web"]) == .degraded)
        #expect(Self.overall([("db", state, health)]) == .down)
    }

    @Test func oneFitInstanceKeepsAServiceUp() {
        #expect(
            Self.overall([("db", .running, .healthy), ("db", .backoff, .none)], critical: ["db"]) == .degraded)
    }

    @Test func eachInstanceHasItsBreakers() throws {
        let stack = Stack(name: "shop", directory: "/", services: [Self.service("web")])
        var book = AddressBook(identity: "shop")
        var builder = StatusBuilder(calendarOffset: 0)
        let reports = (1...2).map {
            InstanceReport(id: InstanceID("web", $0), state: .running, health: .healthy, since: .zero)
        }
        let open = BreakerStatus(service: "web", instance: "web-2", port: 80, state: .open)
        let services = builder.services(
            of: stack, report: reports, operatorWill: { _ in nil }, ports: { _ in [] },
            address: { book.address(of: $0.service, number: $0.number) },
            breakers: [InstanceID("web", 2): [open]])
        let web = try #require(services["web"])
        #expect(web.breaker == .open)
        #expect(web.instances.map(\.breakers) == [nil, [open]])
    }

    @Test func tellsHowLongAStartTook() {
        let stack = Stack(name: "shop", directory: "/", services: [Self.service("db")])
        var book = AddressBook(identity: "shop")
        var builder = StatusBuilder(calendarOffset: 0)
        func readyAfter(_ health: Health, since: Int64) -> Double? {
            let report = InstanceReport(
                id: InstanceID("db", 1), state: .running, health: health, since: Instant(nanoseconds: since),
                startedAt: Instant(nanoseconds: 1_000_000_000))
            return builder.services(
                of: stack, report: [report], operatorWill: { _ in nil }, ports: { _ in [] },
                address: { book.address(of: $0.service, number: $0.number) })["db"]?
                .instances.first?.readyAfter
        }
        #expect(readyAfter(.starting, since: 1_000_000_000) == nil)
        #expect(readyAfter(.healthy, since: 2_500_000_000) == 1.5)
        #expect(readyAfter(.unhealthy, since: 9_000_000_000) == 1.5)
    }
}
