internal import Breaking

/// Those who wait for one route: a line for each priority, of which the highest has its turn first.
struct WaitingLines {
    private var lines = InlineArray<10, Line>(repeating: Line())
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Whose turn it is.
    var first: Int32 {
        for level in lines.indices.reversed() where !lines[level].isEmpty { return lines[level].first }
        return Connection.none
    }

    /// Who came first of all.
    func oldest(in table: ConnectionTable) -> Int32 {
        var oldest = Connection.none
        for level in lines.indices where !lines[level].isEmpty {
            let place = lines[level].first
            if oldest == Connection.none
                || table.record(place).pointee.arrival < table.record(oldest).pointee.arrival
            {
                oldest = place
            }
        }
        return oldest
    }

    /// Who came last of those with the lowest priority, if that is lower than `priority`.
    func leastImportant(below priority: Priority) -> Int32? {
        for level in lines.indices where !lines[level].isEmpty {
            return level < Int(priority.level) ? lines[level].last : nil
        }
        return nil
    }

    /// Adds a connection where its priority and its arrival put it.
    mutating func insertByArrival(_ place: Int32, in table: ConnectionTable) {
        lines[level(place, table)].insertByArrival(place, in: table)
        count += 1
    }

    /// Takes a connection out.
    mutating func remove(_ place: Int32, in table: ConnectionTable) {
        lines[level(place, table)].remove(place, in: table)
        count -= 1
    }

    private func level(_ place: Int32, _ table: ConnectionTable) -> Int {
        Int(table.record(place).pointee.priority.level)
    }
}
