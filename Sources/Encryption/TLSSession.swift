internal import COpenSSL
public import Stack

/// One end of a TLS connection over a socket that does not block. The socket stays its owner's.
///
/// To be used on one thread, which ignores SIGPIPE.
public final class TLSSession {
    /// How a handshake goes.
    public enum Handshake: Equatable {
        /// It is done.
        case done
        /// It goes on once there is something to read.
        case wantsInput
        /// It goes on once there is room to write.
        case wantsOutput
        /// It has come to nothing; why, in a few words of which "it" is the other end.
        case failed(TLSHandshakeFailure, String)
    }

    /// What became of a read or a write.
    public enum Transfer: Equatable {
        /// So many bytes went, at least one.
        case bytes(Int)
        /// Not before there is something to read.
        case wantsInput
        /// Not before there is room to write.
        case wantsOutput
        /// The other end has said that it has sent its last byte.
        case ended
        /// The connection is broken; why, where the other end said so.
        case broken(String?)
    }

    private let connection: OpaquePointer
    /// What its callbacks use.
    private let owner: AnyObject
    private let isServer: Bool
    private let expectedName: String

    /// The server's end over that socket; nil without memory or a certificate.
    public init?(serverOver descriptor: Int32, _ context: TLSServerContext) {
        guard let first = context.first, let connection = SSL_new(first) else { return nil }
        self.connection = connection
        owner = context
        isServer = true
        expectedName = ""
        SSL_set_accept_state(connection)
        guard SSL_set_fd(connection, descriptor) == 1 else { return nil }
    }

    /// The client's end over that socket; nil without memory.
    public init?(clientOver descriptor: Int32, _ context: TLSClientContext) {
        guard let connection = context.makeConnection() else { return nil }
        self.connection = connection
        owner = context
        isServer = false
        expectedName = context.serverName
        SSL_set_connect_state(connection)
        guard SSL_set_fd(connection, descriptor) == 1 else { return nil }
    }

    deinit {
        SSL_free(connection)
        ERR_clear_error()
    }

    /// Goes on with the handshake.
    public func handshake() -> Handshake {
        ERR_clear_error()
        let result = SSL_do_handshake(connection)
        guard result != 1 else { return .done }
        switch SSL_get_error(connection, result) {
        case SSL_ERROR_WANT_READ: return .wantsInput
        case SSL_ERROR_WANT_WRITE: return .wantsOutput
        case SSL_ERROR_SSL: return failure(OpenSSLError.take())
        case _: return .failed(.left, "it ended the TLS handshake")
        }
    }

    /// Reads what is left of one record at most, so that nothing that was taken out of the socket stays behind: `count` is
    /// to be 16 KiB at least.
    public func read(into memory: UnsafeMutableRawPointer, count: Int) -> Transfer {
        ERR_clear_error()
        let result = SSL_read(connection, memory, Int32(clamping: count))
        return result > 0 ? .bytes(Int(result)) : transfer(result)
    }

    /// Writes. What could not be written is to be what the next call begins with.
    public func write(_ memory: UnsafeRawPointer, count: Int) -> Transfer {
        ERR_clear_error()
        let result = SSL_write(connection, memory, Int32(clamping: count))
        return result > 0 ? .bytes(Int(result)) : transfer(result)
    }

    /// Tells the other end that no more bytes come. Where there is no room for that, the end of the socket has to do.
    public func endOutput() {
        ERR_clear_error()
        SSL_shutdown(connection)
        ERR_clear_error()
    }

    private func transfer(_ result: Int32) -> Transfer {
        switch SSL_get_error(connection, result) {
        case SSL_ERROR_WANT_READ: return .wantsInput
        case SSL_ERROR_WANT_WRITE: return .wantsOutput
        case SSL_ERROR_ZERO_RETURN: return .ended
        case SSL_ERROR_SSL:
            let error = OpenSSLError.take()
            return .broken(error.flatMap { $0.isAlert ? Self.complaint($0) : nil })
        case _: return .broken(nil)
        }
    }

    private static func complaint(_ error: OpenSSLError) -> String { "it refuses TLS with us (\(error.text))" }

    private func failure(_ error: OpenSSLError?) -> Handshake {
        guard let error else { return .failed(.left, "it ended the TLS handshake") }
        guard error.library == ERR_LIB_SSL else { return .failed(.malformed, "its TLS makes no sense (\(error.text))") }
        if error.isAlert { return .failed(.rejected, Self.complaint(error)) }
        switch error.reason {
        case SSL_R_UNEXPECTED_EOF_WHILE_READING: return .failed(.left, "it ended the TLS handshake")
        case SSL_R_CERTIFICATE_VERIFY_FAILED: return .failed(.certificate, certificateProblem)
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return .failed(.certificate, "it shows no certificate")
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_NO_SHARED_CIPHER, SSL_R_VERSION_TOO_LOW, SSL_R_WRONG_SSL_VERSION,
            SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_NO_APPLICATION_PROTOCOL, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
            SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
            return .failed(.incompatible, "it has nothing of TLS in common with us (\(error.text))")
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST, SSL_R_PACKET_LENGTH_TOO_LONG:
            return .failed(isServer ? .malformed : .unencrypted, "it does not speak TLS")
        case _: return .failed(.malformed, "its TLS makes no sense (\(error.text))")
        }
    }

    private var certificateProblem: String {
        let code = Int(SSL_get_verify_result(connection))
        switch Int32(truncatingIfNeeded: code) {
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "its certificate is not for '\(expectedName)'"
        case _:
            return "its certificate is not accepted: \(String(cString: X509_verify_cert_error_string(code)))"
        }
    }
}
