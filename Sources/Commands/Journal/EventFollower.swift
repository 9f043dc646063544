internal import Control
internal import Platform
internal import Stack

/// Prints events as they come, over restarts of Hale: the cursor is the id of the last one, so none is missed and none
/// comes twice.
struct EventFollower {
    private static let interval = Duration.milliseconds(200)
    /// How long nobody may keep the stack before this ends: another keeper may be on its way.
    private static let patience = Duration.seconds(5)

    let source: JournalSource
    var query: EventQuery
    let print: (EventRecord) throws -> Void
    private var goneSince: Instant?

    init(_ source: JournalSource, _ query: EventQuery, print: @escaping (EventRecord) throws -> Void) {
        self.source = source
        self.query = query
        self.query.limit = JournalSource.page
        self.print = print
    }

    /// Ends when the stack is down and all was printed, or by a signal.
    mutating func run() throws -> ExitCode {
        var interrupts = Interrupts()
        while true {
            let isRunning = source.isRunning
            if isRunning {
                goneSince = nil
                try printLive()
            } else if source.isWatched {
                goneSince = nil
                try printRest()
            } else {
                let now = Instant.now()
                goneSince = goneSince ?? now
                if let goneSince, now - goneSince >= Self.patience {
                    try printRest()
                    return .success
                }
            }
            if interrupts.pause(Self.interval) { return .interrupted }
        }
    }

    private mutating func printLive() throws {
        while true {
            let events: [EventRecord]
            do throws(ControlClientError) {
                events = try source.liveEvents(query)
            } catch {
                switch error {
                // Another healer takes over.
                case .notRunning, .noAnswer, .interrupted: return
                case .forbidden, .rejected, .unexpected: throw error
                }
            }
            try show(events)
            guard events.count == query.limit else { return }
        }
    }

    /// What is in the file and was not printed yet.
    private mutating func printRest() throws {
        var events: [EventRecord]
        repeat {
            events = try source.events(query)
            try show(events)
        } while events.count == query.limit
    }

    private mutating func show(_ events: [EventRecord]) throws {
        for event in events {
            try print(event)
            query.after = event.id
        }
    }
}
