/// Calls in progress or waiting, by client address. Memory is taken when there are more clients than ever before.
struct ClientCounts {
    private var counts: [UInt64: Int] = [:]

    /// Counts a call of that client; false where that would be more than `most`.
    mutating func add(_ client: UInt64, upTo most: Int) -> Bool {
        let count = counts[client] ?? 0
        guard count < most else { return false }
        counts[client] = count + 1
        return true
    }

    /// Uncounts one.
    mutating func remove(_ client: UInt64) {
        guard let count = counts[client] else { return }
        counts[client] = count > 1 ? count - 1 : nil
    }

    /// Whether nobody is counted.
    var isEmpty: Bool { counts.isEmpty }
}
