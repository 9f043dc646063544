internal import Engines
internal import Healing
internal import Stack

/// How all of the watch stands at a moment.
struct WatchPicture: Sendable {
    let engine: EngineEndpoint
    /// The engine's version; nil where it is not connected to.
    let version: String?
    /// Why it is not reached; nil where it is, or was not asked yet.
    let problem: String?
    /// Since the engine answered a look; nil before the first time.
    let sinceLook: Duration?
    let standings: [WatchStanding]

    var isReachable: Bool { problem == nil && sinceLook != nil }
    /// Those that have a health check and are to be healed.
    var watched: [WatchStanding] { standings.filter { $0.container.isWatched && $0.container.health != .none } }
}
