public import Stack

/// Whether the process at the other end of a connection works, by the signs of life that it gives.
public struct Pulse: Sendable {
    /// How long after one sign the next one is asked for.
    public static let interval = Duration.seconds(2)
    /// After so long without one nothing is to be hoped for.
    public static let patience = Duration.seconds(20)

    /// What is said of a process that gives none.
    public static let verdict = "no sign of life for \(patience.components.seconds) s"

    private var lastSign: Instant?
    private var lastLook: Instant

    /// Begins to look. A process that never gives a sign, as those of an earlier version, is never lost.
    public init(at now: Instant) {
        lastLook = now
    }

    /// There was a sign.
    public mutating func beat(at now: Instant) {
        lastSign = now
    }

    /// Whether the process hangs. To be asked every `interval`: whoever asks later than that was stopped itself, or the
    /// host slept, and then silence says nothing.
    public mutating func isLost(at now: Instant) -> Bool {
        let wasAway = now - lastLook > Self.interval * 2
        lastLook = now
        guard let sign = lastSign else { return false }
        guard !wasAway else {
            lastSign = now
            return false
        }
        return now - sign >= Self.patience
    }
}
