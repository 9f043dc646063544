internal import Control
internal import Stack

/// Does not take a start for success where nobody can ask whether it is one: a process without a check counts once it has
/// run for a moment, as a program that ends at once runs, too, if one looks at the right time.
struct Steadiness {
    /// Longer than it takes to find a file missing or a port taken.
    private static let moment = Duration.milliseconds(500)

    /// The services that count.
    let services: [String]
    /// The processes that nobody can ask, and since when they have been the same.
    private var seen: (pids: [Int32], since: Instant)?

    init(services: [String]) {
        self.services = services
    }

    /// `verdict`, but not yet `reached` while such a process has not run for long enough.
    mutating func confirm(_ verdict: Settling.Verdict, of status: StackStatus, at now: Instant) -> Settling.Verdict {
        let pids = unaskable(in: status)
        if seen?.pids != pids { seen = (pids, now) }
        switch verdict {
        case .underway, .failed: return verdict
        case .reached:
            guard !pids.isEmpty, let seen, now - seen.since < Self.moment else { return .reached }
            return .underway
        }
    }

    private func unaskable(in status: StackStatus) -> [Int32] {
        var pids: [Int32] = []
        for service in services {
            for instance in status.services[service]?.instances ?? []
            where instance.state == .running && instance.health == .none {
                if let pid = instance.pid { pids.append(pid) }
            }
        }
        return pids
    }
}
