internal import Control
internal import Stack

/// Services that whoever says `up` wants to run again; what failed since is judged by its own policy.
enum Revival {
    /// Why a service does not run, where `up` is to change that.
    static func reason(_ service: ServiceStatus) -> String? {
        let states = service.instances.map(\.state)
        if states.contains(.quarantined) { return "it is quarantined" }
        if states.contains(.failed) { return "it has failed" }
        if states.contains(.stopped) { return "it was stopped" }
        return nil
    }

    /// Has it run again.
    static func run(_ name: String, _ service: ServiceStatus, _ connection: HaleConnection) throws {
        let states = service.instances.map(\.state)
        if states.contains(.quarantined) {
            try connection.perform(.service(name, .releaseQuarantine))
        } else if states.contains(.stopped) || states.contains(.failed) {
            try connection.perform(.service(name, .start))
        }
    }
}

extension HaleConnection {
    /// Has those of `services` run again that did not run `before` and may.
    func revive(_ services: [String], asIn before: StackStatus) throws {
        for name in services.sorted() {
            guard let service = before.services[name] else { continue }
            try Revival.run(name, service, self)
        }
    }
}
