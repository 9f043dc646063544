/// The environment as Hale's own processes are to see it.
enum HaleEnvironment {
    private static let places = ["HALE_STATE", "HALE_RUNTIME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "HOME"]

    /// The same environment with those places absolute: Hale's own processes do not run in the caller's folder. An empty
    /// place counts as not given. What a service manager says is for this process alone.
    static func absolute(_ environment: [String: String], currentDirectory: String) -> [String: String] {
        var result = environment
        // HALE_RUN says that a process belongs to a service of another stack, which Hale itself does not.
        for name in ServiceManager.variables + ["HALE_RUN"] { result[name] = nil }
        for name in places {
            guard let path = environment[name] else { continue }
            if path.isEmpty {
                result[name] = nil
            } else if !path.hasPrefix("/") {
                result[name] = currentDirectory + "/" + path
            }
        }
        return result
    }
}
