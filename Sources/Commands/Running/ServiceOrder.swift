internal import Stack

/// Services in the order of their dependencies.
enum ServiceOrder {
    /// Groups that may be handled together, those that need nothing first. A cycle, which no valid stack has, is broken
    /// anywhere.
    static func layers(_ names: [String], of stack: Stack) -> [[String]] {
        var depths: [String: Int] = [:]
        for name in names { _ = depth(of: name, stack, &depths, path: []) }
        return Dictionary(grouping: names) { depths[$0] ?? 0 }.sorted { $0.key < $1.key }.map { $0.value.sorted() }
    }

    private static func depth(
        of name: String, _ stack: Stack, _ depths: inout [String: Int], path: Set<String>
    ) -> Int {
        if let known = depths[name] { return known }
        guard !path.contains(name) else { return 0 }
        var deepest = 0
        for dependency in stack.dependencies(of: name) {
            deepest = max(deepest, depth(of: dependency.service, stack, &depths, path: path.union([name])) + 1)
        }
        depths[name] = deepest
        return deepest
    }
}
