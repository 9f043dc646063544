internal import Control
internal import Stack

extension HaleConnection {
    /// Whoever says `up` wants what was stopped by hand, failed or was in quarantine before to run again; what failed
    /// since is judged by its own policy.
    func revive(_ services: [String], asIn before: StackStatus) throws {
        for name in services.sorted() {
            guard let service = before.services[name] else { continue }
            let states = service.instances.map(\.state)
            if states.contains(.quarantined) {
                try perform(.service(name, .releaseQuarantine))
            } else if states.contains(.stopped) || states.contains(.failed) {
                try perform(.service(name, .start))
            }
        }
    }
}
