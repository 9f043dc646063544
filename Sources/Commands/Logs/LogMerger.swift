internal import Stack

/// Hands out what several instances wrote in the order of time.
struct LogMerger {
    private struct Source {
        let instance: InstanceID
        let log: InstanceLog
        var head: LogEntry?
    }

    private var sources: [Source] = []

    var instances: [InstanceID] { sources.map(\.instance) }

    mutating func add(_ instance: InstanceID, _ log: InstanceLog) {
        let place = sources.firstIndex { instance < $0.instance } ?? sources.endIndex
        sources.insert(Source(instance: instance, log: log), at: place)
    }

    /// The earliest entry there is for now; of equal times that of the first instance.
    mutating func next() -> (instance: InstanceID, entry: LogEntry)? {
        var earliest: (place: Int, entry: LogEntry)?
        for place in sources.indices {
            guard let entry = sources[place].head ?? sources[place].log.next() else { continue }
            sources[place].head = entry
            if let known = earliest, !entry.time.lexicographicallyPrecedes(known.entry.time) { continue }
            earliest = (place, entry)
        }
        guard let earliest else { return nil }
        sources[earliest.place].head = nil
        return (sources[earliest.place].instance, earliest.entry)
    }
}
