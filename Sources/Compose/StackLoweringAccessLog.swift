internal import Stack

/// Reads `access_log`, which may stand at the top for all services and under a service for that one.
struct AccessLogLowering {
    static let key = "access_log"

    let hale: Fields

    /// The format; `inherited` where nothing is said, nil where nothing is to be logged.
    func format(
        inherited: AccessLogPolicy.Format? = nil, _ problems: inout Problems
    ) -> AccessLogPolicy.Format? {
        guard hale[Self.key] != nil else { return inherited }
        return hale.isOff(Self.key) ? nil : hale.choice(Self.key, others: ["off"], &problems)
    }

    /// What a service with those TCP ports logs, in files that are put aside as its own log is.
    func policy(
        inherited: AccessLogPolicy.Format?, ports: [UInt16], rotation: LogRotation, _ problems: inout Problems
    ) -> AccessLogPolicy? {
        guard let format = format(inherited: inherited, &problems) else { return nil }
        guard !ports.isEmpty else {
            if hale[Self.key] != nil {
                problems.report(
                    hale.path + [Self.key], "the service neither publishes nor exposes a TCP port, so nobody calls it")
            }
            return nil
        }
        return AccessLogPolicy(format: format, rotation: rotation)
    }
}
