internal import Healing
internal import Stack

/// An entry as a line of the log and as an event of the journal.
enum EntryText {
    static func line(_ entry: Entry) -> String {
        let subject = entry.instance?.description ?? entry.service ?? "stack"
        let cause = entry.cause.map { " (\($0))" } ?? ""
        let actor = entry.actor.map { ", by \($0)" } ?? ""
        return "\(entry.kind.rawValue) \(subject): \(entry.text)\(cause)\(actor)"
    }

    /// The event, whose id the journal gives; `time` is nanoseconds since 1970 in UTC.
    static func record(_ entry: Entry, at time: Int64) -> EventRecord {
        EventRecord(
            id: 0, time: time, kind: entry.kind.rawValue, service: entry.service,
            instance: entry.instance?.description, text: entry.text, cause: entry.cause, actor: entry.actor)
    }
}
