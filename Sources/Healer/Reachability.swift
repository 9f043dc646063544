internal import Healing
internal import Probing
internal import Stack

/// Whether containers are reached from outside, which a check that runs inside of them cannot tell: packets that are dropped on
/// the way leave it well while every client hangs.
struct Reachability {
    /// No connection on one machine takes that long.
    static let timeout = Duration.seconds(2)

    /// Runs that were reached before: one that never was may be kept from this machine on purpose.
    private var reached: [InstanceID: Int] = [:]

    /// The port at which a container that has passed a check inside is asked as well; nil where there is none to ask.
    static func port(of service: Service) -> UInt16? {
        guard service.launch.container?.networks.isEmpty == false else { return nil }
        return ServicePorts.ports(of: service).first
    }

    /// What a check that has passed inside is worth, now that a connection came to that from outside.
    mutating func judge(
        _ inside: ProbeResult, _ outside: ProbeOutcome, of instance: InstanceID, run: Int, port: UInt16
    ) -> ProbeResult {
        switch outside {
        case .passed:
            reached[instance] = run
            return inside
        case .failed(let reason):
            // Who refuses is there: the service may listen elsewhere.
            guard reached[instance] == run, !outside.isRefusal else { return inside }
            return .failed("its check passes, but port \(port) is not reached from outside: \(reason)")
        }
    }
}
