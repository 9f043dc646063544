/// Says of keys that belong to `x-hale` but that this version does not act upon that they have no effect.
public enum ExtensionNotices {
    /// Names kept for resources and for roles.
    static let reservedKeys = ["memory", "scale", "snapshot", "remedies", "role"]

    /// One sentence for each such key of the project, with its place.
    public static func notices(of project: ComposeProject) -> [String] {
        (project.model["services"]?.map ?? ComposeMap()).flatMap { name, service in
            reservedKeys.filter { service.map?["x-hale"]?.map?[$0] != nil }.map { key in
                let place = project.position(of: ["services", name, "x-hale", key])
                let prefix = place.map { "\($0.file):\($0.line):\($0.column): " } ?? ""
                return "\(prefix)services.\(name).x-hale.\(key) has no effect in this version of Hale"
            }
        }
    }
}
