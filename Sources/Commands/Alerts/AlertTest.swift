internal import Alerting
internal import Delivering
internal import Dispatch
internal import Platform
internal import Stack
internal import Synchronization

/// A test message through each of some channels, all at the same time.
enum AlertTest {
    struct Result: Sendable {
        let channel: AlertChannel
        /// Why it was not delivered; nil where it was.
        let problem: String?
    }

    /// Returns when every channel has answered or its time is over, in the order of the channels.
    static func run(_ channels: [AlertChannel], stack: String) -> [Result] {
        let outcomes = Outcomes(count: channels.count)
        let host = HostName.current
        for (place, channel) in channels.enumerated() {
            let message = AlertMessage.test(channel: channel.name, stack: stack, host: host, at: Calendar.now())
            DetachedThread.run { outcomes.set(place, AlertDelivery.deliver(message, to: channel)) }
        }
        return zip(channels, outcomes.all()).map { Result(channel: $0, problem: Self.problem($1)) }
    }

    private static func problem(_ outcome: DeliveryOutcome?) -> String? {
        switch outcome {
        case .delivered: nil
        case .failed(let problem, _): problem
        case .refused(let problem): "refused: \(problem)"
        case nil: "nothing came of it"
        }
    }

    /// What came of the attempts, by place.
    private final class Outcomes: Sendable {
        private let outcomes: Mutex<[DeliveryOutcome?]>
        private let arrived = DispatchSemaphore(value: 0)
        private let count: Int

        init(count: Int) {
            self.count = count
            outcomes = Mutex(Array(repeating: nil, count: count))
        }

        func set(_ place: Int, _ outcome: DeliveryOutcome) {
            outcomes.withLock { $0[place] = outcome }
            arrived.signal()
        }

        func all() -> [DeliveryOutcome?] {
            for _ in 0..<count { arrived.wait() }
            return outcomes.withLock { $0 }
        }
    }
}
