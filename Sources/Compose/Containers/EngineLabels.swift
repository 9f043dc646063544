internal import Stack

/// Labels as Docker Compose gives them.
enum EngineLabels {
    /// `own` with those of `entries`, which win, under Compose's prefix.
    static func labels(_ own: ComposeValue?, _ entries: [(key: String, value: String)]) -> ComposeValue {
        var labels = own?.map ?? ComposeMap()
        for (key, value) in entries { labels[ComposeLabels.prefix + key] = .string(value) }
        labels[ComposeLabels.version] = .string(ComposeLabels.composeVersion)
        return .map(labels)
    }
}
