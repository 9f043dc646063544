internal import Healing
internal import Journal
internal import Platform
internal import Stack
internal import Wire

/// What the healer writes down: in its log for whoever looks there, in the journal for everybody.
extension HealerLoop {
    func write(_ entry: Entry) {
        Log.write(EntryText.line(entry))
        journal.append(EntryText.record(entry, at: Calendar.now()))
    }

    /// A sentence for `status`, written down once for as long as it is shown there.
    func warn(_ sentence: String) {
        if notices.add(sentence) { write(Entry(.notice, text: sentence)) }
    }

    /// Takes sentences back; says that it is over where there were any.
    func mend(_ story: String, where matches: (String) -> Bool) {
        guard notices.sentences.contains(where: matches) else { return }
        notices.remove(where: matches)
        write(Entry(.mended, text: story))
        publish()
    }

    /// Takes what the journal says of itself.
    func take(_ report: JournalReport) {
        switch report {
        case .trouble(let sentence, let former):
            notices.remove { $0 == former }
            _ = notices.add(sentence)
            write(Entry(.journal, text: sentence))
        case .mended(let sentence, let story):
            notices.remove { $0 == sentence }
            if let story { write(Entry(.mended, text: story)) }
        case .happened(let sentence): write(Entry(.journal, text: sentence))
        }
        publish()
    }

    /// What the keeper says of a role: that it was started and why, or only, to a new healer, that it runs.
    func noteRole(_ role: Role, pid: Int32, reason: String) {
        guard reason != "running" else { return Log.write("\(role) runs as pid \(pid)") }
        write(Entry(.roleRestarted, text: "the \(role) runs as pid \(pid)", cause: reason))
    }

    /// Ports that are lost and found again.
    func noteProblems(_ problems: [String], before: [String]) {
        for problem in problems where !before.contains(problem) { write(Entry(.notice, text: problem)) }
        for problem in before where !problems.contains(problem) {
            write(Entry(.mended, text: "no longer so: \(problem)"))
        }
    }
}
