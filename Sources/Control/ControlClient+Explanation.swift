public import Stack

extension ControlClient {
    /// Why a service is as it is.
    public func explanation(of service: String) throws(ControlClientError) -> Explanation {
        try value(Explanation.self, at: Self.explanationPath(service))
    }

    /// The same as JSON, as it comes.
    public func explanationText(of service: String) throws(ControlClientError) -> String {
        try get(Self.explanationPath(service))
    }

    /// Compose's names have nothing in them that a path could not hold.
    private static func explanationPath(_ service: String) -> String {
        "/v1/services/\(service)/explanation"
    }
}
