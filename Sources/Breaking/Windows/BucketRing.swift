/// Sums of the newest `size` buckets of an endless row, with their total kept up to date (subtract on evict).
///
/// A bucket is named by its position in the row. All memory is taken when the ring is made.
struct BucketRing<Value: AdditiveArithmetic & Sendable>: Equatable, Sendable {
    /// The sum of every bucket in the ring.
    private(set) var total = Value.zero
    /// The position of the newest bucket.
    private(set) var head: Int64
    private var headIndex = 0
    private var buckets: [Value]

    /// An empty ring of at least one bucket.
    init(size: Int, head: Int64 = 0) {
        self.head = head
        buckets = Array(repeating: .zero, count: max(size, 1))
    }

    var size: Int { buckets.count }

    /// Lets the row go on to `position`; what falls out of the ring is forgotten. Earlier positions change nothing.
    mutating func advance(to position: Int64) {
        guard position > head else { return }
        let (steps, overflow) = position.subtractingReportingOverflow(head)
        head = position
        guard !overflow, steps < Int64(buckets.count) else { return clear() }
        for _ in 0..<Int(steps) {
            headIndex = headIndex + 1 == buckets.count ? 0 : headIndex + 1
            total -= buckets[headIndex]
            buckets[headIndex] = .zero
        }
    }

    /// Adds to the newest bucket.
    mutating func add(_ value: Value) {
        buckets[headIndex] += value
        total += value
    }

    /// Adds to an older bucket; false when it is no longer, or not yet, in the ring.
    mutating func add(_ value: Value, at position: Int64) -> Bool {
        guard let index = index(of: position) else { return false }
        buckets[index] += value
        total += value
        return true
    }

    /// The sum at `position`, or nil when it is not in the ring.
    subscript(position: Int64) -> Value? {
        index(of: position).map { buckets[$0] }
    }

    /// Empties every bucket and leaves the head where it is.
    mutating func clear() {
        for index in buckets.indices { buckets[index] = .zero }
        total = .zero
    }

    private func index(of position: Int64) -> Int? {
        let (age, overflow) = head.subtractingReportingOverflow(position)
        guard !overflow, age >= 0, age < Int64(buckets.count) else { return nil }
        let index = headIndex - Int(age)
        return index < 0 ? index + buckets.count : index
    }
}
