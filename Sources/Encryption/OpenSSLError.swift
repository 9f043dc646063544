internal import COpenSSL

/// What OpenSSL says of the last call that failed on this thread.
struct OpenSSLError: Equatable {
    /// The part of OpenSSL that met it (`ERR_LIB_…`).
    let library: Int32
    /// What it met, as that part numbers it.
    let reason: Int32
    /// The same in words; empty where OpenSSL has none.
    let text: String

    /// Takes the first error of those that are noted, which is the cause of the others, and forgets them all. Nil where
    /// there is none.
    static func take() -> OpenSSLError? {
        let code = ERR_peek_error()
        ERR_clear_error()
        guard code != 0 else { return nil }
        let text = ERR_reason_error_string(code).map { String(cString: $0) } ?? ""
        return OpenSSLError(library: ERR_GET_LIB(code), reason: hale_ssl_reason(code), text: text)
    }

    /// Whether the other end has sent an alert; the numbers of alerts begin at 1000 (SSL_AD_REASON_OFFSET).
    var isAlert: Bool { library == ERR_LIB_SSL && reason >= 1_000 }
}
