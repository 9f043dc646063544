internal import Stack

/// What can be run without a container engine.
enum Runnable {
    /// The services that say nothing of what to run.
    static func silent(in stack: Stack) -> [String] {
        stack.services.values.filter { $0.launch.command.isEmpty && $0.replicas > 0 }.map(\.name).sorted()
    }

    /// Refuses a stack with services that say nothing of what to run.
    static func check(_ stack: Stack) throws(CommandFailure) {
        let silent = silent(in: stack)
        guard !silent.isEmpty else { return }
        throw CommandFailure(
            "without a container engine there is nothing to run for \(silent.joined(separator: ", ")): "
                + "give each an x-hale.run, or a command")
    }
}
