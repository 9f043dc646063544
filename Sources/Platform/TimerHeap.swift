internal import Stack

/// Names a timer of a reactor; a fired or cancelled one means nothing any more.
public struct TimerToken: Hashable, Sendable {
    let number: UInt64
}

/// Deadlines in order, the soonest first; equal ones in the order they were set.
struct TimerHeap {
    private struct Entry {
        var deadline: Instant
        var number: UInt64
        var action: () -> Void
    }

    private var entries: [Entry] = []
    private var live: Set<UInt64> = []
    private var nextNumber: UInt64 = 0

    /// The soonest deadline of a timer that was not cancelled.
    mutating func soonest() -> Instant? {
        dropCancelled()
        return entries.first?.deadline
    }

    mutating func insert(_ deadline: Instant, _ action: @escaping () -> Void) -> TimerToken {
        nextNumber += 1
        entries.append(Entry(deadline: deadline, number: nextNumber, action: action))
        live.insert(nextNumber)
        siftUp(entries.count - 1)
        return TimerToken(number: nextNumber)
    }

    mutating func cancel(_ token: TimerToken) {
        live.remove(token.number)
    }

    /// The action of the soonest timer that is due.
    mutating func popDue(at now: Instant) -> (() -> Void)? {
        dropCancelled()
        guard let first = entries.first, first.deadline <= now else { return nil }
        live.remove(first.number)
        removeFirst()
        return first.action
    }

    private mutating func dropCancelled() {
        while let first = entries.first, !live.contains(first.number) { removeFirst() }
    }

    private mutating func removeFirst() {
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        siftDown(0)
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (entries[left].deadline, entries[left].number) < (entries[right].deadline, entries[right].number)
    }

    private mutating func siftUp(_ start: Int) {
        var place = start
        while place > 0, isBefore(place, (place - 1) / 2) {
            entries.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func siftDown(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < entries.count && isBefore(child, least) {
                least = child
            }
            guard least != place else { return }
            entries.swapAt(place, least)
            place = least
        }
    }
}
