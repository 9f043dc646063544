/// Connections in the order of their arrival, linked through their own records: joining, leaving from anywhere and
/// taking the first all cost the same and allocate nothing.
struct Line {
    private(set) var first = Connection.none
    private(set) var last = Connection.none
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Adds a connection behind all others.
    mutating func append(_ place: Int32, in table: ConnectionTable) {
        insert(place, after: last, in: table)
    }

    /// Adds a connection where its arrival puts it. It almost always belongs at one of the ends: at the front when it
    /// was the first in line and its turn came to nothing, at the back when it is new.
    mutating func insertByArrival(_ place: Int32, in table: ConnectionTable) {
        let arrival = table.record(place).pointee.arrival
        if first != Connection.none, arrival <= table.record(first).pointee.arrival {
            insert(place, after: Connection.none, in: table)
            return
        }
        var before = last
        while before != Connection.none, table.record(before).pointee.arrival > arrival {
            before = table.record(before).pointee.previous
        }
        insert(place, after: before, in: table)
    }

    /// Takes a connection out.
    mutating func remove(_ place: Int32, in table: ConnectionTable) {
        let record = table.record(place)
        let (previous, next) = (record.pointee.previous, record.pointee.next)
        if previous == Connection.none { first = next } else { table.record(previous).pointee.next = next }
        if next == Connection.none { last = previous } else { table.record(next).pointee.previous = previous }
        record.pointee.previous = Connection.none
        record.pointee.next = Connection.none
        count -= 1
    }

    private mutating func insert(_ place: Int32, after previous: Int32, in table: ConnectionTable) {
        let next = previous == Connection.none ? first : table.record(previous).pointee.next
        let record = table.record(place)
        record.pointee.previous = previous
        record.pointee.next = next
        if previous == Connection.none { first = place } else { table.record(previous).pointee.next = place }
        if next == Connection.none { last = place } else { table.record(next).pointee.previous = place }
        count += 1
    }
}
