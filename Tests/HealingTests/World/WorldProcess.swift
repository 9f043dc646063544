import Healing
import Stack

/// A standing order that the simulated keeper has.
struct WorldOrder {
    var run: Int
    var next: Int
    var onlyAfterFailure: Bool
}

/// One process of the simulated world.
struct WorldProcess {
    var run: Int
    var pid: Int32
    var launch: LaunchSpecification
    /// nil until it has been made.
    var startedAt: Instant?
    var serves = false
    /// Stopped by a signal from outside, as `kill -STOP` does: it answers nothing.
    var isHung = false
    /// Frozen by the engine.
    var isFrozen = false
    /// It was told to end but could not hear it.
    var hasPendingSignal = false
    var isEnding = false
}
