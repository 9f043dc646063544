internal import Healing
internal import Stack

/// Reads an sd_notify(3) message.
enum NotifyMessage {
    /// The events that its lines stand for, in order; lines that mean nothing here are passed over.
    static func events(_ text: String, instance: InstanceID, run: Int) -> [Event] {
        text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            let value = parts[1]
            switch parts[0] {
            case "READY": return value == "1" ? .ready(instance, run: run) : nil
            case "WATCHDOG": return value == "1" ? .heartbeat(instance, run: run) : nil
            case "STOPPING": return value == "1" ? .stoppingItself(instance, run: run) : nil
            case "STATUS": return .statusText(instance, run: run, String(value.prefix(500)))
            case "EXTEND_TIMEOUT_USEC":
                guard let microseconds = Int64(value), (0...86_400_000_000).contains(microseconds) else { return nil }
                return .extendTimeout(instance, run: run, by: .microseconds(microseconds))
            default: return nil
            }
        }
    }
}
