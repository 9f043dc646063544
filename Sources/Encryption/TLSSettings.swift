public import Stack

/// What is said of one side's TLS, of which files are a part.
public protocol TLSSettings: Equatable {
    /// What connections need that are encrypted so.
    associatedtype Context
    /// The paths of all its files.
    var files: [String] { get }
    /// Reads the files.
    func context() throws(CertificateError) -> Context
}

/// How the clients of one port are spoken to over TLS.
public struct TLSServerSettings: TLSSettings {
    /// What the service says of it.
    public let policy: TLSTerminationPolicy
    /// The name of the one protocol that clients may agree on (ALPN, RFC 7301); nil is that nothing is said of it.
    public let protocolName: String?

    /// TLS so, with clients that speak this.
    public init(_ policy: TLSTerminationPolicy, protocolName: String?) {
        self.policy = policy
        self.protocolName = protocolName
    }

    /// Certificates, keys and authorities.
    public var files: [String] {
        policy.certificates.flatMap { [$0.certificate, $0.key] } + [policy.clientAuthority].compactMap { $0 }
    }

    /// Reads them.
    public func context() throws(CertificateError) -> TLSServerContext {
        try TLSServerContext(policy, protocolName: protocolName)
    }
}

extension TLSOriginationPolicy: TLSSettings {
    /// Authorities, a certificate and its key.
    public var files: [String] {
        [authority, certificate?.certificate, certificate?.key].compactMap { $0 }
    }

    /// Reads them.
    public func context() throws(CertificateError) -> TLSClientContext {
        try TLSClientContext(self)
    }
}
