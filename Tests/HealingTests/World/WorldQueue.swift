import Healing
import Stack

/// What is going to happen in the world, by time and, at the same time, in the order in which it was planned.
struct WorldQueue {
    struct Item {
        var at: Instant
        var order: Int
        var happening: Happening
    }

    /// Something that happens outside the engine.
    enum Happening {
        case processMade(InstanceID, run: Int)
        case processServes(InstanceID, run: Int)
        case processEnds(InstanceID, run: Int, Exit)
        case exitSeen(InstanceID, run: Int, Exit)
        case ordersWithdrawn
        case connectionsEnd(InstanceID, run: Int)
        case probeEnds(InstanceID, run: Int, number: Int)
        case beats(InstanceID, run: Int)
        case hooksEnd(InstanceID, run: Int, HookPhase)
        case callsFail(InstanceID)
    }

    private var items: [Item] = []
    private var planned = 0

    var next: Instant? { items.last?.at }

    mutating func plan(_ happening: Happening, at: Instant) {
        planned += 1
        // Latest first, so that the next one is taken off the end.
        var low = 0
        var high = items.count
        while low < high {
            let middle = (low + high) / 2
            if items[middle].at > at { low = middle + 1 } else { high = middle }
        }
        items.insert(Item(at: at, order: planned, happening: happening), at: low)
    }

    mutating func take() -> Item? {
        items.popLast()
    }
}
