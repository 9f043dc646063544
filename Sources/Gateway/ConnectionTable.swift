/// All connections, in memory that is reserved once and never moves, so that the forwarding loop allocates nothing for
/// a connection. Pages that no connection has needed yet cost nothing.
final class ConnectionTable {
    /// Most connections there can be.
    let capacity: Int
    /// Connections there are.
    private(set) var count = 0

    private let budget: Budget
    private let records: UnsafeMutablePointer<Connection>
    /// Two for each record, the client's first.
    private let sides: UnsafeMutablePointer<Side>
    /// One for each record, made when the connection turns out to need it.
    private let exchanges: UnsafeMutablePointer<Exchange>
    /// Records that have been used at least once.
    private var used = 0
    private var firstFree = Connection.none

    /// One that shares `budget` with others.
    init(capacity: Int, budget: Budget? = nil) {
        self.capacity = capacity
        self.budget = budget ?? Budget(capacity)
        records = .allocate(capacity: capacity)
        sides = .allocate(capacity: 2 * capacity)
        exchanges = .allocate(capacity: capacity)
    }

    deinit {
        records.deallocate()
        sides.deallocate()
        exchanges.deallocate()
    }

    /// The record in that place; valid until it is removed.
    func record(_ place: Int32) -> UnsafeMutablePointer<Connection> {
        records + Int(place)
    }

    /// One socket of the connection in that place; valid until it is removed.
    func side(_ place: Int32, _ end: End) -> UnsafeMutablePointer<Side> {
        switch end {
        case .client: sides + 2 * Int(place)
        case .server: sides + 2 * Int(place) + 1
        }
    }

    /// What the connection in that place needs for HTTP; to be initialized where it speaks that.
    func exchange(_ place: Int32) -> UnsafeMutablePointer<Exchange> {
        exchanges + Int(place)
    }

    /// The record that an event names; nil where that connection is over.
    func record(_ place: Int32, generation: UInt32) -> UnsafeMutablePointer<Connection>? {
        guard place >= 0, place < used else { return nil }
        let record = records + Int(place)
        return record.pointee.generation == generation && record.pointee.phase != .unused ? record : nil
    }

    /// The place of a new record, or nil where there is no room for one more connection.
    func add() -> Int32? {
        guard budget.take() else { return nil }
        if firstFree != Connection.none {
            let place = firstFree
            firstFree = records[Int(place)].next
            records[Int(place)].next = Connection.none
            count += 1
            return place
        }
        guard used < capacity else {
            budget.giveBack()
            return nil
        }
        (records + used).initialize(to: Connection())
        (sides + 2 * used).initialize(repeating: Side(), count: 2)
        used += 1
        count += 1
        return Int32(used - 1)
    }

    /// Frees the record for the next connection.
    func remove(_ place: Int32) {
        let record = records + Int(place)
        let generation = record.pointee.generation
        record.pointee = Connection()
        record.pointee.generation = generation &+ 1
        record.pointee.next = firstFree
        (sides + 2 * Int(place)).update(repeating: Side(), count: 2)
        firstFree = place
        count -= 1
        budget.giveBack()
    }

    /// Every place that may hold a connection.
    var places: Range<Int32> { 0..<Int32(used) }
}
