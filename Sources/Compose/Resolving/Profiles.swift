/// Which services the active profiles switch on.
enum Profiles {
    /// `--profile`, or where there is none the variable `COMPOSE_PROFILES`.
    static func active(_ options: ComposeOptions, _ environment: [String: String]) -> [String] {
        if !options.profiles.isEmpty { return options.profiles }
        return (environment["COMPOSE_PROFILES"] ?? "").split(separator: ",").map { name in
            String(name.drop { $0 == " " }.prefix { $0 != " " })
        }
    }

    /// Whether `service` runs; one without profiles always does, and `*` is all of them.
    static func isEnabled(_ service: Node, _ active: [String]) -> Bool {
        let own = (service["profiles"]?.list ?? []).compactMap(\.string)
        return own.isEmpty || active.contains { $0 == "*" || own.contains($0) }
    }
}
