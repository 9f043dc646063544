/// A file for TLS that cannot be used.
public struct CertificateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the file is for.
    public enum Role: Hashable, Sendable {
        /// The certificate that is shown.
        case certificate
        /// Its private key.
        case key
        /// The authorities that certificates have to be of.
        case authority
    }

    /// What the file is for.
    public let role: Role
    /// Its path.
    public let file: String
    /// What is wrong with it.
    public let problem: String
    /// What to do about it.
    public let advice: String

    init(_ role: Role, _ file: String, _ problem: String, _ advice: String) {
        self.role = role
        self.file = file
        self.problem = problem
        self.advice = advice
    }

    /// "/etc/web.key is encrypted with a passphrase; keep it without one: …"
    public var description: String { "\(file) \(problem); \(advice)" }
}
