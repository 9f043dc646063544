internal import Stack

/// What comes in, and what makes room for it.
extension Outbox {
    mutating func post(_ message: AlertMessage) -> [OutboxEffect] {
        var line = lines[message.channel] ?? Line()
        defer { lines[message.channel] = line }
        // Who has not been told that it fails need not be told that it still does.
        if message.kind == .repeated, holdsAll(of: message, line) { return [] }
        var effects: [OutboxEffect] = []
        if line.entries.count >= Self.mostQueued {
            let dropped = makeRoom(in: &line)
            effects += dropped.map { .forget($0) }
            effects.append(
                .dropped(
                    channel: message.channel, count: dropped.count,
                    reason: "\(Self.mostQueued) wait for the channel already"))
        }
        let entry = OutboxEntry(message)
        line.entries.append(entry)
        return effects + [.keep(entry)]
    }

    private func holdsAll(of message: AlertMessage, _ line: Line) -> Bool {
        let waiting = Set(line.entries.flatMap { $0.message.items.map(\.id) })
        return message.items.allSatisfy { waiting.contains($0.id) }
    }

    /// Takes out what is missed least: an alert together with its recovery, of which the channel was told nothing; then what
    /// is repeated or mere information; then the oldest. What is under way stays.
    private func makeRoom(in line: inout Line) -> [String] {
        if let (begin, end) = forgottenPair(line) {
            let ids = [line.entries[begin].message.id, line.entries[end].message.id]
            line.entries.remove(at: end)
            line.entries.remove(at: begin)
            return ids
        }
        let underway = line.underway
        let isFree = { (entry: OutboxEntry) in entry.message.id != underway }
        let place =
            line.entries.firstIndex { isFree($0) && [.repeated, .repaired].contains($0.message.kind) }
            ?? line.entries.firstIndex(where: isFree)
        guard let place else { return [] }
        return [line.entries.remove(at: place).message.id]
    }

    private func forgottenPair(_ line: Line) -> (begin: Int, end: Int)? {
        var begins: [[Int64]: Int] = [:]
        for (place, entry) in line.entries.enumerated() where entry.message.id != line.underway {
            let ids = entry.message.items.map(\.id).sorted()
            switch entry.message.kind {
            case .firing: begins[ids] = place
            case .recovered: if let begin = begins[ids] { return (begin, place) }
            case .updated, .repeated, .escalated, .repaired, .test: break
            }
        }
        return nil
    }
}
