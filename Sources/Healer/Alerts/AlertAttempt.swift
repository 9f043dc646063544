internal import Alerting
internal import Delivering
internal import Platform
internal import Stack

/// One attempt to tell a channel something.
enum AlertAttempt {
    /// Makes it on a thread of its own, which says what came of it.
    static func start(
        _ message: AlertMessage, to channel: AlertChannel, _ late: Lateness?,
        then answer: @escaping @Sendable (DeliveryOutcome) -> Void
    ) {
        do throws(SystemError) {
            try DetachedThread.start { answer(AlertDelivery.deliver(message, to: channel, late: late)) }
        } catch {
            answer(.failed("\(error)"))
        }
    }
}

/// The clock on the wall that quiet hours go by, read when it is needed first and when another zone is wanted.
struct WallTimeCache {
    private var zone: String?
    private var wall = WallTime(timeZone: nil)

    mutating func use(_ zone: String?, _ warn: (String) -> Void) {
        guard zone != self.zone else { return }
        self.zone = zone
        wall = WallTime(timeZone: zone)
        if let problem = wall.problem { warn(problem) }
    }

    func time(at calendar: Int64) -> LocalTime { wall.time(at: calendar) }
}
