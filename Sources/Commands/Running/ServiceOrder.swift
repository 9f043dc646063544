internal import Stack

/// Services in the order of their dependencies.
enum ServiceOrder {
    /// Groups that may be handled together, those that need nothing first. A cycle, which no valid stack has, is broken
    /// anywhere.
    static func layers(_ names: [String], of stack: Stack) -> [[String]] {
        let depths = DependencyOrder(Array(stack.services.values)).depths
        return Dictionary(grouping: names) { depths[$0] ?? 0 }.sorted { $0.key < $1.key }.map { $0.value.sorted() }
    }
}
