/// Who says whose a connection is (HAProxy's PROXY protocol).
public struct ProxyProtocolPolicy: Hashable, Sendable, Codable {
    /// Whether a proxy says so at the beginning of each connection to a published port.
    public var accepts = false
    /// How an instance is told so; nil is not at all.
    public var sends: ProxyProtocolVersion?

    /// Nobody.
    public init() {}
}

/// A version of the PROXY protocol.
public enum ProxyProtocolVersion: String, Hashable, Sendable, Codable, CaseIterable {
    /// Text.
    case v1
    /// Binary.
    case v2
}
