internal import Control

/// The services and instances that a command line names for their breakers.
enum BreakerChoice {
    /// A name that is neither a service nor an instance is a failure.
    static func check(_ names: [String], in status: StackStatus) throws(CommandFailure) {
        let known = status.services.flatMap { [$0.key] + $0.value.instances.map(\.name) }
        for name in names where !known.contains(name) {
            throw CommandFailure(UsageError.noService(name, among: known.sorted()).description)
        }
    }
}
