internal import COpenSSL
public import Stack

/// What connections need whose servers are spoken to over TLS: trust, a certificate where there is one, and whom to expect,
/// as they were when it was made.
///
/// To be used on one thread. Connections that were begun with it keep it for as long as they live.
public final class TLSClientContext {
    private var context: OpaquePointer?
    /// Whom to expect.
    let serverName: String
    /// Whether it is to be proved.
    let verifies: Bool

    /// Reads the files.
    public init(_ policy: TLSOriginationPolicy) throws(CertificateError) {
        serverName = policy.serverName
        verifies = policy.verifies
        guard let context = SSL_CTX_new(TLS_client_method()) else { return }
        self.context = context
        _ = hale_ssl_set_min_proto_version(context, TLSVersion.v12.number)
        hale_ssl_set_bridge_modes(context)
        if let files = policy.certificate { try CertificateStore.use(files, in: context) }
        if let authority = policy.authority {
            try CertificateStore.trust(authority, in: context)
        } else {
            SSL_CTX_set_default_verify_paths(context)
        }
        SSL_CTX_set_verify(context, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
        ERR_clear_error()
    }

    deinit {
        SSL_CTX_free(context)
    }

    /// A new connection of it, told whom to expect; nil without memory.
    func makeConnection() -> OpaquePointer? {
        guard let context, let connection = SSL_new(context) else { return nil }
        let parameters = SSL_get0_param(connection)
        // A numeric address is no name, and is not asked for (RFC 6066 section 3).
        guard X509_VERIFY_PARAM_set1_ip_asc(parameters, serverName) != 1 else { return connection }
        ERR_clear_error()
        guard hale_ssl_set_server_name(connection, serverName) == 1, SSL_set1_host(connection, serverName) == 1 else {
            SSL_free(connection)
            return nil
        }
        return connection
    }
}
