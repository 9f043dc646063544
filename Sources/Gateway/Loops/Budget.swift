internal import Synchronization

/// What all loops may use together of something.
final class Budget: Sendable {
    private let limit: Int
    private let used = Atomic(0)

    /// So much.
    init(_ limit: Int) {
        self.limit = limit
    }

    /// Whether more is used than may be.
    var isExceeded: Bool { used.load(ordering: .relaxed) > limit }

    /// Whether there was room for that much more, which is taken then.
    func take(_ amount: Int = 1) -> Bool {
        guard used.wrappingAdd(amount, ordering: .relaxed).newValue > limit else { return true }
        giveBack(amount)
        return false
    }

    /// Takes that much more though there may be no room.
    func takeInAnyCase(_ amount: Int = 1) {
        used.wrappingAdd(amount, ordering: .relaxed)
    }

    /// That much is used no more.
    func giveBack(_ amount: Int = 1) {
        used.wrappingSubtract(amount, ordering: .relaxed)
    }
}

/// What the loops of one gateway share.
struct LoopBudgets: Sendable {
    /// Connections, as they share the descriptors of the process.
    let connections: Budget
    /// Bytes of kept answers.
    let keptBytes: Budget
    /// Bytes of answers that are on their way and may be kept.
    let passingBytes: Budget

    /// As much as the limits say.
    init(_ limits: Forwarder.Limits) {
        connections = Budget(limits.connections)
        keptBytes = Budget(limits.keptBytes)
        passingBytes = Budget(limits.keptBytes)
    }
}
