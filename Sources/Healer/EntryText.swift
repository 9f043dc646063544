internal import Healing

/// A line of the log for an entry of the engine's.
enum EntryText {
    static func line(_ entry: Entry) -> String {
        let subject = entry.instance?.description ?? entry.service ?? "stack"
        let cause = entry.cause.map { " (\($0))" } ?? ""
        let actor = entry.actor.map { ", by \($0)" } ?? ""
        return "\(entry.kind.rawValue) \(subject): \(entry.text)\(cause)\(actor)"
    }
}
