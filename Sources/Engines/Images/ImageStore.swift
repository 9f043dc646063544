public import Stack

/// The images of an engine, and how they get there. Each call waits for its answer, so it is for threads that may.
///
/// - Source: Docker Engine API reference, version 1.41, "Images" and "Distribution".
public struct ImageStore: Sendable {
    let session: EngineSession
    let credentials: RegistryCredentials

    /// Those of that engine; registries are shown these logins.
    public init(_ session: EngineSession, credentials: RegistryCredentials) {
        self.session = session
        self.credentials = credentials
    }

    /// What the engine knows of an image, by a name or an ID; nil where it has none.
    public func image(_ name: String) throws(EngineError) -> ImageDetails? {
        try session.image(name)
    }

    /// Whether a policy wants an image pulled before it is used; `now` is in seconds since 1970.
    ///
    /// With `every` that is so where the last pull is at least that long ago, or the engine does not say when it was. An image
    /// that is to be built is never pulled.
    public func isPullDue(_ name: String, _ policy: PullPolicy, now: Int64) throws(EngineError) -> Bool {
        switch policy {
        case .always: return true
        case .never, .build: return false
        case .missing: return try image(name) == nil
        case .every(let period): return try image(name).map { $0.isOlder(than: period, now: now) } ?? true
        }
    }
}

extension ImageDetails {
    /// Whether it was last named at least that long ago, or nobody knows when.
    func isOlder(than period: Duration, now: Int64) -> Bool {
        guard let lastTagged else { return true }
        let (age, overflow) = now.subtractingReportingOverflow(lastTagged)
        return overflow || age >= period.components.seconds
    }
}
