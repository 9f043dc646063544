internal import Stack

/// A binary heap of deadlines. An entry whose instance has another deadline by now is stale and is dropped when it
/// comes up.
struct DeadlineQueue: Sendable {
    struct Entry: Sendable {
        var at: Instant
        var instance: InstanceID
    }

    private var heap: [Entry] = []

    var first: Entry? { heap.first }
    var count: Int { heap.count }

    mutating func insert(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.precedes(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && Self.precedes(heap[right], heap[left]) ? right : left
            guard Self.precedes(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }

    mutating func removeAll() {
        heap.removeAll(keepingCapacity: true)
    }

    /// Ties go by name, so that the order never depends on history.
    private static func precedes(_ left: Entry, _ right: Entry) -> Bool {
        left.at == right.at ? left.instance < right.instance : left.at < right.at
    }
}
