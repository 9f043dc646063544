public import Alerting
internal import Glibc
internal import Platform
internal import Stack

/// The clock on the wall that quiet hours go by.
public struct WallTime: Sendable {
    private static let folder = "/usr/share/zoneinfo/"
    private let rules: ZoneRules?
    /// What is wrong with the time zone; nil where nothing is.
    public let problem: String?

    /// The clock of that time zone (`Europe/Berlin`), or of the machine's where it is nil or unknown here.
    public init(timeZone: String?) {
        guard let timeZone else {
            rules = nil
            problem = nil
            return
        }
        rules = (try? readWholeFile(Self.folder + timeZone, limit: 1 << 20)).flatMap { ZoneRules($0) }
        problem =
            rules == nil
            ? "quiet hours go by this machine's time zone, as \(timeZone) is not in \(Self.folder) (Debian: tzdata)"
            : nil
    }

    /// What it shows at those nanoseconds since the start of 1970 in UTC.
    public func time(at calendar: Int64) -> LocalTime {
        let second = calendar / 1_000_000_000
        guard let rules else { return Self.machineTime(calendar, second) }
        return LocalTime(nanoseconds: calendar, east: rules.offset(at: second))
    }

    private static func machineTime(_ calendar: Int64, _ second: Int64) -> LocalTime {
        var seconds = time_t(second)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return LocalTime(nanoseconds: calendar, east: parts.tm_gmtoff)
    }
}
