public import Stack

extension EngineSession {
    /// The containers of a Compose project that are instances of its services, running or not, in the order of these.
    public func containers(
        ofProject name: String
    ) throws(EngineError) -> [(instance: InstanceID, summary: ContainerSummary)] {
        try containers(labels: [ComposeLabels.of(project: name)]).compactMap { summary in
            ComposeLabels.instance(summary.Labels ?? [:]).map { ($0, summary) }
        }.sorted { $0.instance < $1.instance }
    }
}
