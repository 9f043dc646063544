extension EngineSession {
    /// What the engine knows of an image, by a name or an ID; nil where it has none.
    public func image(_ name: String) throws(EngineError) -> ImageDetails? {
        try getIfPresent("/images/\(Self.escaped(name))/json")
    }
}
