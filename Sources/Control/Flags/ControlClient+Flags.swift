extension ControlClient {
    private static let flagsPath = "/v1/flags"

    /// The flags, in the order of the file.
    public func flags() throws(ControlClientError) -> [FlagStatus] {
        try value(FlagList.self, at: Self.flagsPath).flags
    }

    /// The same as JSON, as it comes.
    public func flagsText() throws(ControlClientError) -> String { try get(Self.flagsPath) }
}
