public import Engines
public import Platform
internal import Stack

/// Where a watcher says how it is.
public struct WatchReporter {
    /// Takes a sentence for people.
    public var line: (String) -> Void
    /// Called once the engine was reached for the first time, with a sentence.
    public var ready: (String) -> Void
    /// A sign of life.
    public var alive: () -> Void
    /// How often signs of life are wanted; nil is never.
    public var aliveInterval: Duration?

    /// One that says everything by these.
    public init(
        line: @escaping (String) -> Void, ready: @escaping (String) -> Void = { _ in },
        alive: @escaping () -> Void = {}, aliveInterval: Duration? = nil
    ) {
        self.line = line
        self.ready = ready
        self.alive = alive
        self.aliveInterval = aliveInterval
    }
}

/// Heals containers that somebody else started.
public enum Watcher {
    /// Runs until SIGTERM or SIGINT, and keeps what happens in the journal at its place among `locations`. An engine that
    /// cannot be reached is waited for; an address that cannot be listened at is an error.
    public static func run(
        _ settings: WatchSettings, at endpoint: EngineEndpoint, keepingIn locations: Locations,
        _ reporter: WatchReporter
    ) throws {
        try WatchLoop(settings, endpoint, locations, reporter).run()
    }
}
