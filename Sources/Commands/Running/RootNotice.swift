internal import Glibc
internal import Stack

/// Says what of a stack needs root where Hale does not run as root.
enum RootNotice {
    /// Nothing where Hale is root, or where its own `notices` speak of limits already.
    static func sentences(for stack: Stack, notices: [String], isRoot: Bool = geteuid() == 0) -> [String] {
        guard !isRoot else { return [] }
        var sentences: [String] = []
        let limited = names(stack) {
            $0.resources.memory != nil || $0.resources.processors != nil || $0.resources.processes != nil
        }
        if !limited.isEmpty, !notices.contains(where: { $0.contains("limit") }) {
            sentences.append(
                "Not root: limits on memory, processors and processes need root or a delegated cgroup, and may not be "
                    + "in force (\(limited.joined(separator: ", ")))")
        }
        return sentences
    }

    private static func names(_ stack: Stack, _ isMeant: (LaunchSpecification) -> Bool) -> [String] {
        stack.services.values.filter { isMeant($0.launch) }.map(\.name).sorted()
    }
}
