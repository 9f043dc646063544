/// How clients of a service's published ports are spoken to over TLS, which ends at the gateway.
public struct TLSTerminationPolicy: Hashable, Sendable, Codable {
    /// Certificates of which each client gets the one for the name that it asks for, or the first. At least one.
    public var certificates: [CertificateFiles]
    /// A file with the authorities of which each client needs a certificate; nil is that clients need none.
    public var clientAuthority: String?
    /// The oldest version that is spoken.
    public var minimumVersion = TLSVersion.v12
    /// Whether a client of PostgreSQL that does not ask for TLS is turned away. Of every other protocol each is.
    public var isRequired = false
    /// The published ports that it is for; nil is all of them.
    public var ports: [UInt16]?

    /// TLS with these certificates at all published ports.
    public init(certificates: [CertificateFiles]) {
        self.certificates = certificates
    }

    /// Whether it is for that published port; nil is one that the kernel chooses.
    public func covers(published port: UInt16?) -> Bool {
        guard let ports else { return true }
        return port.map(ports.contains) ?? false
    }
}

/// How a server is spoken to over TLS.
public struct TLSOriginationPolicy: Hashable, Sendable, Codable {
    /// The name or the numeric address that it has to prove. A name is also what it is asked for (SNI).
    public var serverName: String
    /// A file with the authorities that its certificate may be of; nil is those that the system trusts.
    public var authority: String?
    /// What it is shown where it asks who its client is.
    public var certificate: CertificateFiles?
    /// Whether its certificate is looked at.
    public var verifies = true

    /// TLS with a server that proves that name to those who trust the system's authorities.
    public init(serverName: String) {
        self.serverName = serverName
    }
}

/// A certificate and its private key, in files.
public struct CertificateFiles: Hashable, Sendable, Codable {
    /// The path of a PEM file with the certificate and those of the authorities between it and one that clients know.
    public var certificate: String
    /// The path of a PEM file with the key.
    public var key: String

    /// Those files.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// A version of TLS.
public enum TLSVersion: String, Hashable, Sendable, Codable, CaseIterable {
    /// RFC 5246.
    case v12 = "1.2"
    /// RFC 8446.
    case v13 = "1.3"
}

/// Why a TLS handshake has come to nothing.
public enum TLSHandshakeFailure: String, Hashable, Sendable, Codable, CaseIterable {
    /// The other end does not speak TLS at all.
    case unencrypted
    /// What it says is no TLS that makes sense.
    case malformed
    /// There is no version, no cipher or no protocol that both ends speak.
    case incompatible
    /// Its certificate is missing, not trusted, or another's.
    case certificate
    /// It does not accept what it was shown or told.
    case rejected
    /// It left.
    case left
    /// It took too long.
    case timeout
    /// The gateway's own files cannot be used.
    case unusable
}
