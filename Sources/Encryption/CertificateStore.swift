internal import COpenSSL
internal import Glibc
internal import Platform
internal import Stack

/// Brings files into an `SSL_CTX`, with an error that says what is wrong with which of them.
enum CertificateStore {
    /// A larger file is taken for a mistake.
    private static let largestFile = 4 << 20

    /// Has the context show that certificate.
    static func use(_ files: CertificateFiles, in context: OpaquePointer) throws(CertificateError) {
        // Without this OpenSSL would ask for a passphrase at the terminal.
        SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in -1 }
        try checkReadable(files.certificate, .certificate)
        try checkReadable(files.key, .key)
        ERR_clear_error()
        guard SSL_CTX_use_certificate_chain_file(context, files.certificate) == 1 else {
            throw certificateProblem(files.certificate, .certificate)
        }
        guard SSL_CTX_use_PrivateKey_file(context, files.key, SSL_FILETYPE_PEM) == 1,
            SSL_CTX_check_private_key(context) == 1
        else { throw keyProblem(files) }
    }

    /// Has the context trust the authorities in that file.
    static func trust(_ file: String, in context: OpaquePointer) throws(CertificateError) {
        try checkReadable(file, .authority)
        ERR_clear_error()
        guard SSL_CTX_load_verify_locations(context, file, nil) == 1 else {
            throw certificateProblem(file, .authority)
        }
    }

    /// Has the context ask each client for a certificate of an authority in that file.
    static func demand(_ file: String, in context: OpaquePointer) throws(CertificateError) {
        try trust(file, in: context)
        // What clients choose one of several certificates by.
        SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(file))
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
    }

    /// When the certificate that the context shows expires, in seconds since 1970; nil where that cannot be told.
    static func expiry(of context: OpaquePointer) -> Int64? {
        guard let certificate = SSL_CTX_get0_certificate(context) else { return nil }
        var time = tm()
        guard ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) == 1 else { return nil }
        return Int64(timegm(&time))
    }

    private static func checkReadable(_ file: String, _ role: CertificateError.Role) throws(CertificateError) {
        do throws(SystemError) {
            _ = try readWholeFile(file, limit: largestFile)
            // OpenSSL opens it once more, and would wait for whoever writes to a pipe.
            guard FileVersion(file)?.isRegular != false else {
                throw SystemError(code: EINVAL, attempt: "read \(file)")
            }
        } catch {
            let advice =
                error.code == ENOENT
                ? "make it, or correct the path" : "make it a PEM file that the user of Hale may read"
            throw CertificateError(role, file, "cannot be read: \(error.reason)", advice)
        }
    }

    private static func certificateProblem(_ file: String, _ role: CertificateError.Role) -> CertificateError {
        let error = OpenSSLError.take()
        if let error, error.library == ERR_LIB_SSL, error.reason != SSL_R_NO_CERTIFICATES_RETURNED, !error.text.isEmpty
        {
            return CertificateError(
                role, file, "cannot be used: \(error.text)", "get a certificate with a stronger key")
        }
        return CertificateError(
            role, file, "holds no certificate in PEM form", "it should begin with -----BEGIN CERTIFICATE-----")
    }

    private static func keyProblem(_ files: CertificateFiles) -> CertificateError {
        let error = OpenSSLError.take()
        switch (error?.library, error?.reason) {
        case (ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH), (ERR_LIB_X509, X509_R_KEY_TYPE_MISMATCH):
            return CertificateError(
                .key, files.key, "is not the key of \(files.certificate)",
                "name the key that the certificate was made for")
        case _ where isEncrypted(files.key):
            return CertificateError(
                .key, files.key, "is encrypted with a passphrase",
                "keep it without one (openssl pkey -in FILE -out FILE) and readable by the user of Hale alone")
        case _:
            return CertificateError(
                .key, files.key, "holds no private key in PEM form", "it should begin with -----BEGIN PRIVATE KEY-----")
        }
    }

    /// Whether a key needs a passphrase, as its headers say (RFC 7468 section 11, RFC 1421 section 4.6.1.1).
    private static func isEncrypted(_ file: String) -> Bool {
        guard let bytes = try? readWholeFile(file, limit: largestFile) else { return false }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return lines.contains { $0.hasPrefix("-----BEGIN ENCRYPTED") || $0.hasPrefix("Proc-Type: 4,ENCRYPTED") }
    }
}
