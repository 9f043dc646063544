internal import Stack

/// The restarts in progress over the whole stack, and who is next.
struct ConcurrencyCap: Sendable, Equatable {
    private(set) var holders: Set<InstanceID> = []
    private var queue: [InstanceID] = []

    /// Takes a slot for `instance`, or puts it in the queue.
    mutating func acquire(_ instance: InstanceID, limit: Int) -> Bool {
        if holders.contains(instance) { return true }
        guard holders.count < limit else {
            if !queue.contains(instance) { queue.append(instance) }
            return false
        }
        holders.insert(instance)
        queue.removeAll { $0 == instance }
        return true
    }

    /// Takes a slot for an instance whose restart is under way already.
    mutating func take(_ instance: InstanceID) {
        holders.insert(instance)
        queue.removeAll { $0 == instance }
    }

    /// Those who may try again, in their order; they are queued no more.
    mutating func takeQueue() -> [InstanceID] {
        defer { queue = [] }
        return queue
    }

    /// Whether nobody has a slot nor waits for one.
    var isIdle: Bool { holders.isEmpty && queue.isEmpty }

    /// Gives back what `instance` holds. Returns those who may try again, in their order; they are queued no more.
    mutating func release(_ instance: InstanceID) -> [InstanceID] {
        queue.removeAll { $0 == instance }
        guard holders.remove(instance) != nil else { return [] }
        defer { queue = [] }
        return queue
    }

    func isQueued(_ instance: InstanceID) -> Bool {
        queue.contains(instance)
    }
}
