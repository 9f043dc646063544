internal import Platform
internal import Stack

/// Prints the logs of a project's services, in the order of time, and what comes after.
struct LogFollower {
    let folder: LogFolder
    /// Whose; empty is everybody's.
    let services: Set<String>
    let since: CalendarTime?
    /// How many lines of each instance that are there already; nil is all.
    let tail: Int?
    private var isFirst = true
    private var merger = LogMerger()
    private var format: LogFormat

    init(folder: LogFolder, services: Set<String>, since: CalendarTime?, tail: Int?, format: LogFormat) {
        self.folder = folder
        self.services = services
        self.since = since
        self.tail = tail
        self.format = format
    }

    /// Takes up instances that have come, then prints all there is.
    mutating func printNew(to console: Console) throws {
        discover()
        while let (instance, entry) = merger.next() { try console.print(format.line(instance, entry)) }
        try console.flush()
    }

    private mutating func discover() {
        let wanted = folder.instances().filter { services.isEmpty || services.contains($0.service) }
        let known = Set(merger.instances)
        format.know(wanted)
        for instance in wanted where !known.contains(instance) {
            let log = folder.log(of: instance, since: Array((since?.text ?? "").utf8))
            if let tail, isFirst { log.keepLast(tail) }
            merger.add(instance, log)
        }
        isFirst = false
    }
}
