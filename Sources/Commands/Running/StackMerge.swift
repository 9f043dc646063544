internal import Control
internal import Stack

/// Makes what is to run of what the files say, what was asked for and what runs already.
///
/// As in Compose, services that were not named are left as they are, and those that the files no longer have stay unless
/// `removesOrphans`.
struct StackMerge {
    /// Every enabled service of the files.
    var complete: Stack
    /// The services asked for, with what they need.
    var chosen: Stack
    /// Whether services were named on the command line.
    var isPartial: Bool
    /// What runs.
    var running: Stack?
    var removesOrphans: Bool

    /// What runs though the files no longer have it, sorted.
    var orphans: [String] {
        (running?.services.keys.filter { complete.services[$0] == nil } ?? []).sorted()
    }

    /// What is to run.
    var result: Stack {
        var stack = chosen
        stack.containers = complete.containers
        for (name, service) in running?.services ?? [:] where stack.services[name] == nil {
            let isOrphan = complete.services[name] == nil
            if isOrphan ? !removesOrphans : isPartial { stack.services[name] = service }
        }
        return stack
    }

    /// The services by which a reload finds the same again; empty is all.
    var servicesToRead: [String] {
        guard isPartial else { return [] }
        return result.services.keys.filter { complete.services[$0] != nil }.sorted()
    }
}
