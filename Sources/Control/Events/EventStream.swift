internal import Stack

/// A request for events without end.
struct EventStreamRequest: Equatable {
    /// Which events; `after` is where it starts, or nil for from now on. Its limit and order do not count.
    var query: EventQuery
}

/// The events that one reader gets, as text of server-sent events. Holds at most one batch of them: what a slow reader has
/// not taken stays in the journal.
///
/// https://html.spec.whatwg.org/multipage/server-sent-events.html
struct EventStream {
    /// How many events are read at once.
    static let batch = 100
    /// How long a reader waits before it connects again.
    static let retryMilliseconds = 1000

    private let query: EventQuery
    /// Every event up to this one was sent, or is none of those wanted.
    private(set) var position: Int64
    private(set) var isOver = false

    /// A stream that starts after the event that `request` names, or at `newest`, the last there is.
    init(_ request: EventStreamRequest, newest: Int64) {
        query = request.query
        // An id beyond the newest comes from another story, or from events that were lost with the host.
        position = min(request.query.after ?? newest, newest)
    }

    /// What comes first, so that the reader knows at once that it is connected.
    var greeting: String { "retry: \(Self.retryMilliseconds)\n\n" }

    /// What keeps proxies from ending a connection on which nothing happens.
    static let keepAlive = ": nothing new\n\n"

    /// The text of the next events; empty where there are none for now.
    mutating func next(from backend: any ControlBackend) -> String {
        let newest = Self.newest(of: backend)
        guard newest > position else { return "" }
        var wanted = query
        wanted.after = position
        wanted.limit = Self.batch
        wanted.newestFirst = false
        let bound = newest == .max ? newest : newest + 1
        wanted.before = min(query.before ?? bound, bound)
        let events = backend.events(wanted)
        position = events.count < Self.batch ? newest : events.last?.id ?? newest
        if let before = query.before, position >= before - 1 { isOver = true }
        return events.map(Self.text).joined()
    }

    /// The id of the newest event, or 0 where there is none.
    static func newest(of backend: any ControlBackend) -> Int64 {
        backend.events(EventQuery(limit: 1, newestFirst: true)).first?.id ?? 0
    }

    private static func text(of event: EventRecord) -> String {
        // A record of plain fields, which the encoder writes on one line.
        let data = (try? JSONText.encode(EventJSON(event))) ?? []
        let kind = event.kind.filter { !$0.isNewline }
        return "id: \(event.id)\nevent: \(kind)\ndata: \(String(decoding: data, as: UTF8.self))\n"
    }
}
