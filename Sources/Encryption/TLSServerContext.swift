internal import COpenSSL
public import Stack

/// What connections need whose clients are spoken to over TLS: certificates, keys and rules, as they were when it was made.
///
/// To be used on one thread. Connections that were begun with it keep it for as long as they live.
public final class TLSServerContext {
    /// A certificate that clients are shown.
    public struct Certificate: Hashable, Sendable {
        /// The path of its file.
        public let file: String
        /// When it expires, in seconds since 1970.
        public let expiry: Int64
    }

    /// One for each certificate, the first for clients that ask for no name that another one has.
    private var contexts: [OpaquePointer] = []
    /// The name of the one protocol that clients may agree on (ALPN, RFC 7301); empty is that nothing is said of it.
    private let protocolName: [UInt8]
    /// What clients are shown.
    public private(set) var certificates: [Certificate] = []

    /// Reads the files. A client that says which protocols it speaks has to name `protocolName`, unless that is nil.
    public init(_ policy: TLSTerminationPolicy, protocolName: String?) throws(CertificateError) {
        self.protocolName = Array((protocolName ?? "").utf8)
        for files in policy.certificates {
            guard let context = SSL_CTX_new(TLS_server_method()) else { break }
            contexts.append(context)
            try CertificateStore.use(files, in: context)
            if let authority = policy.clientAuthority { try CertificateStore.demand(authority, in: context) }
            configure(context, policy.minimumVersion)
            if let expiry = CertificateStore.expiry(of: context) {
                certificates.append(Certificate(file: files.certificate, expiry: expiry))
            }
        }
        if contexts.count > 1, let first = contexts.first { chooseByName(first) }
    }

    deinit {
        for context in contexts { SSL_CTX_free(context) }
    }

    /// The one that a connection begins with; nil where there is no certificate.
    var first: OpaquePointer? { contexts.first }

    private func configure(_ context: OpaquePointer, _ minimumVersion: TLSVersion) {
        _ = hale_ssl_set_min_proto_version(context, minimumVersion.number)
        hale_ssl_set_bridge_modes(context)
        hale_ssl_forbid_renegotiation(context)
        // Most clients just leave. What they have said is whole by its own framing, or it is not.
        hale_ssl_ignore_missing_close(context)
        // Without one, a client that shows a certificate cannot resume its session.
        SSL_CTX_set_session_id_context(context, Array("hale".utf8), 4)
        guard !protocolName.isEmpty else { return }
        SSL_CTX_set_alpn_select_cb(
            context,
            { _, chosen, length, offered, count, argument in
                guard let argument, let chosen, let length, let offered else { return SSL_TLSEXT_ERR_ALERT_FATAL }
                let own = Unmanaged<TLSServerContext>.fromOpaque(argument).takeUnretainedValue()
                let names = UnsafeBufferPointer(start: offered, count: Int(count))
                guard let place = own.place(among: names) else { return SSL_TLSEXT_ERR_ALERT_FATAL }
                chosen.pointee = offered + place
                length.pointee = UInt8(truncatingIfNeeded: own.protocolName.count)
                return SSL_TLSEXT_ERR_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Where the own protocol stands among those that a client offers, each with its length before it.
    private func place(among names: UnsafeBufferPointer<UInt8>) -> Int? {
        var place = 0
        while place < names.count {
            let end = place + 1 + Int(names[place])
            guard end <= names.count else { return nil }
            if names[(place + 1)..<end].elementsEqual(protocolName) { return place + 1 }
            place = end
        }
        return nil
    }

    private func chooseByName(_ context: OpaquePointer) {
        hale_ssl_set_server_name_callback(
            context,
            { connection, _, argument in
                guard let argument, let name = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name) else {
                    return SSL_TLSEXT_ERR_OK
                }
                let own = Unmanaged<TLSServerContext>.fromOpaque(argument).takeUnretainedValue()
                if let fitting = own.context(for: name) { SSL_set_SSL_CTX(connection, fitting) }
                return SSL_TLSEXT_ERR_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// The first of which the certificate is for that name.
    private func context(for name: UnsafePointer<CChar>) -> OpaquePointer? {
        contexts.first { X509_check_host(SSL_CTX_get0_certificate($0), name, strlen(name), 0, nil) == 1 }
    }
}

extension TLSVersion {
    /// As OpenSSL numbers it.
    var number: Int32 {
        switch self {
        case .v12: TLS1_2_VERSION
        case .v13: TLS1_3_VERSION
        }
    }
}
