/// Says of keys that belong to `x-hale` but that are not acted upon that they have no effect.
public enum ExtensionNotices {
    /// Names kept for resources and for roles.
    static let reservedKeys = ["scale", "snapshot", "remedies", "role"]

    /// One sentence for each such key of the project, with its place, where it runs as `runtime`.
    public static func notices(of project: ComposeProject, as runtime: StackRuntime) -> [String] {
        let reserved = reservedKeys.map { ($0, "in this version of Hale") }
        let limits = runtime == .processes ? [(MemoryLowering.key, "without a container engine")] : []
        return (project.model["services"]?.map ?? ComposeMap()).flatMap { name, service in
            (limits + reserved).filter { service.map?["x-hale"]?.map?[$0.0] != nil }.map { key, circumstances in
                let place = project.position(of: ["services", name, "x-hale", key])
                let prefix = place.map { "\($0.file):\($0.line):\($0.column): " } ?? ""
                return "\(prefix)services.\(name).x-hale.\(key) has no effect \(circumstances)"
            }
        }
    }
}
