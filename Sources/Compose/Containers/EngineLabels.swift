/// The labels by which Docker Compose, and every tool that knows it, finds what belongs to a project.
enum EngineLabels {
    static let prefix = "com.docker.compose."
    /// The version of Compose whose ways these are.
    static let version = "2.0.0-hale"

    /// `own` with those of `entries`, which win, under Compose's prefix.
    static func labels(_ own: ComposeValue?, _ entries: [(key: String, value: String)]) -> ComposeValue {
        var labels = own?.map ?? ComposeMap()
        for (key, value) in entries + [("version", version)] { labels[prefix + key] = .string(value) }
        return .map(labels)
    }
}
