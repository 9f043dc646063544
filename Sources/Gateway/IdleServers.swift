/// Connections to instances that no request uses, ready for the next one: the last that came back goes first, as it is the
/// least likely to have been closed meanwhile.
struct IdleServers {
    /// One of them.
    struct Entry {
        var descriptor: Int32 = -1
        var backend = 0
        var since: Int64 = 0
        var generation: UInt32 = 0
        /// The one of the same backend that came back before it, and after it.
        var older = Connection.none
        var newer = Connection.none
    }

    /// Most that are kept for one backend.
    static let most = 256

    private(set) var entries: [Entry] = []
    private var free: [Int32] = []
    /// By backend, the one that came back last.
    private var newest: [Int32] = []
    private var counts: [Int] = []

    /// Keeps a connection; the place it has now, or nil where there are enough.
    mutating func put(_ descriptor: Int32, backend: Int, at now: Int64) -> Int32? {
        while newest.count <= backend {
            newest.append(Connection.none)
            counts.append(0)
        }
        guard counts[backend] < Self.most else { return nil }
        let place: Int32
        if let unused = free.popLast() {
            place = unused
        } else {
            place = Int32(entries.count)
            entries.append(Entry())
        }
        let older = newest[backend]
        let generation = entries[Int(place)].generation &+ 1
        entries[Int(place)] = Entry(
            descriptor: descriptor, backend: backend, since: now, generation: generation, older: older)
        if older != Connection.none { entries[Int(older)].newer = place }
        newest[backend] = place
        counts[backend] += 1
        return place
    }

    /// The place of the one that came back last; nil where there is none.
    func newest(of backend: Int) -> Int32? {
        guard newest.indices.contains(backend), newest[backend] != Connection.none else { return nil }
        return newest[backend]
    }

    /// Whether an event names a connection that is still here.
    func isCurrent(_ place: Int32, generation: UInt32) -> Bool {
        entries.indices.contains(Int(place)) && entries[Int(place)].generation == generation
            && entries[Int(place)].descriptor >= 0
    }

    /// Takes out the connection in that place.
    mutating func take(_ place: Int32) -> Entry {
        let entry = entries[Int(place)]
        if entry.newer == Connection.none {
            newest[entry.backend] = entry.older
        } else {
            entries[Int(entry.newer)].older = entry.older
        }
        if entry.older != Connection.none { entries[Int(entry.older)].newer = entry.newer }
        entries[Int(place)].descriptor = -1
        counts[entry.backend] -= 1
        free.append(place)
        return entry
    }

    /// Since when the one that has been here longest is here.
    var oldest: Int64? {
        entries.lazy.filter { $0.descriptor >= 0 }.map(\.since).min()
    }

    /// Places of all that fit.
    func places(where fits: (Entry) -> Bool) -> [Int32] {
        entries.indices.filter { entries[$0].descriptor >= 0 && fits(entries[$0]) }.map { Int32($0) }
    }
}
