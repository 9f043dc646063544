internal import Encryption
internal import Glibc

/// All bridges, each at a place that stays the same for as long as it lives.
final class BridgeTable {
    private let budget: Budget
    private var entries = InPlaceArray<Bridge>()
    private var free: [Int32] = []
    /// Places by the forwarder's ends.
    private var places: [Int32: Int32] = [:]
    /// Bridges there are.
    private(set) var count = 0
    /// Those of them that the forwarder has left.
    private(set) var left = 0

    /// One whose bridges count as connections.
    init(budget: Budget) {
        self.budget = budget
    }

    deinit {
        for place in entries.indices where entries[place].phase != .unused {
            if entries[place].secure >= 0 { close(entries[place].secure) }
            if entries[place].plain >= 0 { close(entries[place].plain) }
            entries[place].inbound.buffer?.deallocate()
            entries[place].outbound.buffer?.deallocate()
        }
    }

    var isEmpty: Bool { count == 0 }

    subscript(place: Int32) -> Bridge {
        unsafeAddress { entries.address(of: Int(place)) }
        unsafeMutableAddress { entries.mutableAddress(of: Int(place)) }
    }

    /// Whether an event names a bridge that is still there.
    func isCurrent(_ place: Int32, generation: UInt32) -> Bool {
        entries.indices.contains(Int(place)) && entries[Int(place)].generation == generation
            && entries[Int(place)].phase != .unused
    }

    /// The bridge of which that is the forwarder's end; nil where it is of none.
    func place(ofOuter descriptor: Int32) -> Int32? { places[descriptor] }

    /// Adds one that begins with its handshake.
    func add(_ session: TLSSession, secure: Int32, plain: Int32, outer: Int32, of owner: Int32, _ end: End) -> Int32 {
        let place: Int32
        if let unused = free.popLast() {
            place = unused
        } else {
            place = Int32(entries.count)
            entries.append(Bridge())
        }
        let generation = entries[Int(place)].generation &+ 1
        entries[Int(place)] = Bridge(
            phase: .handshaking, generation: generation, session: session, secure: secure, plain: plain, outer: outer,
            place: owner, end: end)
        places[outer] = place
        count += 1
        budget.takeInAnyCase()
        return place
    }

    /// The forwarder closes its end.
    func leave(_ place: Int32) {
        places[entries[Int(place)].outer] = nil
        entries[Int(place)].outer = -1
        left += 1
    }

    /// Frees the place. The forwarder must have left.
    func remove(_ place: Int32) {
        let generation = entries[Int(place)].generation
        entries[Int(place)] = Bridge(generation: generation)
        free.append(place)
        count -= 1
        budget.giveBack()
        left -= 1
    }

    /// Those that the forwarder has left.
    var leftPlaces: [Int32] {
        entries.indices.filter { entries[$0].phase != .unused && entries[$0].isLeft }.map { Int32($0) }
    }
}
