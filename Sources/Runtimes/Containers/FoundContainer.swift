internal import Engines
internal import Stack

/// A container of the project's as it was found.
struct FoundContainer: Sendable {
    let instance: InstanceID
    let details: ContainerDetails
    /// Where it differs from what the file asks for; nil where it does not.
    let difference: String?

    init(
        _ details: ContainerDetails, of instance: InstanceID, _ specification: ContainerSpecification?,
        _ session: EngineSession
    ) throws(EngineError) {
        self.instance = instance
        self.details = details
        difference =
            if let specification {
                try ContainerLauncher.difference(of: details, from: specification, session)
            } else {
                "the file does not have it"
            }
    }

    var isRunning: Bool { ["running", "paused"].contains(details.State.Status) }

    /// Of two containers of one instance the one that runs counts, then the younger one.
    func isBetter(than other: FoundContainer) -> Bool {
        isRunning != other.isRunning ? isRunning : details.startedAt > other.details.startedAt
    }
}
