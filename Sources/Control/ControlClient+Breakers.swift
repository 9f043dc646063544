internal import Stack

extension ControlClient {
    /// The breakers of the service or instance of that name, or all where none is given.
    public func breakers(of name: String? = nil) throws(ControlClientError) -> BreakerList {
        try value(BreakerList.self, at: Self.breakerPath(name))
    }

    /// The same as JSON, as it comes.
    public func breakersText(of name: String? = nil) throws(ControlClientError) -> String {
        try get(Self.breakerPath(name))
    }

    private static func breakerPath(_ name: String?) -> String {
        "/v1/breakers" + (name.map { "/" + PercentEncoding.encode($0) } ?? "")
    }
}
