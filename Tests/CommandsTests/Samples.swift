import Control
import Platform
import Stack

@testable import Commands

/// Pieces of a status, of which only what matters is given.
enum Samples {
    static let began = CalendarTime(nanoseconds: 1_000_000_000_000_000_000)
    static let before = CalendarTime(nanoseconds: 999_999_999_000_000_000).text
    static let after = CalendarTime(nanoseconds: 1_000_000_001_000_000_000).text

    static func instance(
        _ name: String, _ state: Lifecycle, _ health: Health = .none, pid: Int32? = nil, started: String? = nil,
        since: String = after, exitCode: Int32? = nil, error: String? = nil, waitingOn: String? = nil,
        readyAfter: Double? = nil
    ) -> InstanceStatus {
        InstanceStatus(
            name: name, state: state, health: health, pid: pid, address: nil, since: since, startedAt: started,
            restarts: 0, exitCode: exitCode, lastError: error, waitingOn: waitingOn, nextActionAt: nil,
            statusText: nil, readyAfter: readyAfter)
    }

    /// A service that shows what its first instance does.
    static func service(
        _ instances: InstanceStatus..., ports: [PortStatus] = [], image: String? = nil
    ) -> ServiceStatus {
        let first = instances.first
        return ServiceStatus(
            state: first?.state ?? .pending, health: first?.health ?? .none, since: first?.since ?? after, restarts: 0,
            lastError: first?.lastError, waitingOn: first?.waitingOn, operatorWill: nil, image: image, ports: ports,
            instances: instances)
    }

    static func status(_ services: [String: ServiceStatus]) -> StackStatus {
        StackStatus(
            stack: "shop", status: .degraded, services: services, version: "1",
            processes: StackStatus.Processes(keeper: 1, healer: 2, gateway: 3), statusAddress: "127.0.0.1:10099",
            notices: [])
    }

    /// A stack in which each service needs those given.
    static func stack(_ needs: [String: [String]]) -> Stack {
        Stack(
            name: "shop", directory: "/",
            services: needs.map { name, dependencies in
                Service(
                    name: name, launch: LaunchSpecification(command: [name]),
                    dependencies: dependencies.map { Dependency($0, condition: .healthy) })
            })
    }
}
