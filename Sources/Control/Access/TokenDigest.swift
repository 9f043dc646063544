internal import COpenSSL

/// What tokens need of OpenSSL.
enum TokenDigest {
    /// Begins every token, so that a person and a scanner for leaked secrets know one when they see it.
    static let prefix = "hale_"

    /// A new token of 256 random bits; nil where the system has no randomness to give.
    static func newToken() -> String? { newSecret().map { prefix + $0 } }

    /// 256 random bits in hexadecimal; nil where the system has no randomness to give.
    static func newSecret() -> String? {
        var bytes = [UInt8](repeating: 0, count: 32)
        return RAND_bytes(&bytes, 32) == 1 ? hexadecimal(bytes) : nil
    }

    /// SHA-256 in lower-case hexadecimal. Enough for a secret of 256 random bits: there is nothing to guess that a slow
    /// hash would protect.
    static func hash(_ token: String) -> String { hash(Array(token.utf8)) }

    /// The same of any bytes.
    static func hash(_ bytes: [UInt8]) -> String {
        var sum = [UInt8](repeating: 0, count: 32)
        SHA256(bytes, bytes.count, &sum)
        return hexadecimal(sum)
    }

    /// Whether two texts are equal, in a time that does not tell where they differ.
    static func areEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        return left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
