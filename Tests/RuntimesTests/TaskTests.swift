import Foundation
import Platform
import Stack
import Testing
import Wire

@testable import Runtimes

@Suite struct CommandPlannerTests {
    private let locations = Locations(
        project: "shop", environment: ["HALE_STATE": "/s", "HALE_RUNTIME": "/r"], isRoot: false)
    private let service = Service(
        name: "db",
        launch: LaunchSpecification(
            command: ["server", "$HALE_HOST"], environment: ["A": "b"],
            resources: ResourceLimits(ulimits: ["nofile": ResourceLimit(soft: 10, hard: 20)]), volumes: ["data"],
            notify: true), ports: [PublishedPort(published: 1, target: 5_432)])

    private func planner(_ addresses: AddressBook) -> CommandPlanner {
        CommandPlanner(
            stack: Stack(name: "shop", directory: "/shop", services: [service]), locations: locations, callers: [:],
            addresses: addresses)
    }

    private func value(_ name: String, _ request: SpawnRequest) -> String? {
        request.environment.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    @Test func aCommandHasTheInstancesSurroundings() throws {
        var addresses = AddressBook(identity: "x")
        let host = addresses.address(of: "db", number: 2)
        var planner = planner(addresses)
        let command = SideCommand(
            arguments: ["ask", "${HALE_HOST}"], workingDirectory: "sub", environment: ["C": "d"], timeout: .zero)
        let request = try planner.request(command, beside: InstanceID("db", 2), of: service)
        #expect(request.arguments == ["ask", host])
        #expect(request.workingDirectory == "/shop/sub")
        #expect(value("HALE_HOST", request) == host)
        #expect(value("HALE_INSTANCE", request) == "db-2")
        #expect(value("A", request) == "b" && value("C", request) == "d")
        #expect(request.limits == [RawLimit(resource: 7, soft: 10, hard: 20)])
        #expect(request.deadline == nil)
    }

    @Test func aTaskHasAnAddressOfItsOwn() throws {
        var addresses = AddressBook(identity: "x")
        let taken = [addresses.address(ofService: "db"), addresses.address(of: "db", number: 1)]
        var planner = planner(addresses)
        let request = try planner.request(task: InstanceID("db-run-1", 1), of: service)
        let host = try #require(value("HALE_HOST", request))
        #expect(!taken.contains(host))
        #expect(request.arguments == ["server", host])
        #expect(value("HALE_DB_HOST", request) == taken.first)
        #expect(value("HALE_SERVICE", request) == "db")
        #expect(value("HALE_VOLUME_DATA", request) == "/s/shop/volumes/data")
        #expect(request.cgroup?.path == "shop/db-run-1-1")
        #expect(!request.notify)
    }

    @Test func noTwoTasksAndInstancesShareAnAddress() {
        var book = AddressBook(identity: "x")
        var addresses = (1...900).map { book.address(of: "db", number: $0) }
        for number in 1...50 {
            let task = InstanceID("task\(number)", 1)
            book.lend(to: task)
            book.lend(to: task)
            addresses.append(book.address(of: task.service, number: 1))
        }
        #expect(Set(addresses).count == addresses.count)
    }
}

@Suite struct VolumeLeaseTests {
    private let service = Service(name: "db", launch: LaunchSpecification(command: ["x"], volumes: ["data"]))

    @Test func whileATaskHasAVolumeNobodyElseGetsIt() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hale-lease-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let locations = Locations(project: "shop", environment: ["HALE_RUNTIME": folder], isRoot: false)
        try VolumeLease.check(service, for: InstanceID("db", 1), in: locations)
        let lease = try VolumeLease.take(service, in: locations)
        withExtendedLifetime(lease) {
            let refuses: (any Error) -> Bool = { "\($0)".hasPrefix("the volume 'data' is in use by a task") }
            #expect(
                performing: { try VolumeLease.check(service, for: InstanceID("db", 1), in: locations) }, throws: refuses
            )
            #expect(performing: { _ = try VolumeLease.take(service, in: locations) }, throws: refuses)
            // The second instance has a folder of its own.
            #expect(throws: Never.self) { try VolumeLease.check(service, for: InstanceID("db", 2), in: locations) }
        }
    }

    @Test func aLeaseEndsWithItsHolder() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hale-lease-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let locations = Locations(project: "shop", environment: ["HALE_RUNTIME": folder], isRoot: false)
        _ = try VolumeLease.take(service, in: locations)
        try VolumeLease.check(service, for: InstanceID("db", 1), in: locations)
    }

    @Test func withoutAVolumeThereIsNothingToTake() throws {
        let locations = Locations(project: "shop", environment: ["HALE_RUNTIME": "/proc/nowhere"], isRoot: false)
        let plain = Service(name: "web", launch: LaunchSpecification(command: ["x"]))
        #expect(try VolumeLease.take(plain, in: locations).isEmpty)
    }
}
