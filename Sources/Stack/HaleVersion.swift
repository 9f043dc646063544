/// Which Hale this is.
public enum HaleVersion {
    /// The version by the rules of semver.org, as every role, the status API and the command line give it.
    public static let current = "0.1.0"
}
