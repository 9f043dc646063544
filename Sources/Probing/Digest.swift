internal import COpenSSL

/// The hashes that PostgreSQL's password exchanges use, from OpenSSL. Each answers nil where OpenSSL refuses, as a
/// FIPS provider does for MD5.
enum Digest {
    private static let sha256Length = 32

    static func sha256(_ bytes: [UInt8]) -> [UInt8]? {
        hash(bytes, EVP_sha256(), length: sha256Length)
    }

    /// MD5 as 32 lower-case hexadecimal digits.
    static func md5Text(_ bytes: [UInt8]) -> String? {
        guard let sum = hash(bytes, EVP_md5(), length: 16) else { return nil }
        let digits = Array("0123456789abcdef")
        return sum.map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }.joined()
    }

    /// HMAC-SHA-256 (RFC 2104).
    static func authenticate(_ message: [UInt8], key: [UInt8]) -> [UInt8]? {
        var result = [UInt8](repeating: 0, count: sha256Length)
        var length: UInt32 = 0
        guard
            HMAC(EVP_sha256(), key, Int32(truncatingIfNeeded: key.count), message, message.count, &result, &length)
                != nil
        else { return nil }
        return length == sha256Length ? result : nil
    }

    /// PBKDF2 with HMAC-SHA-256 (RFC 8018), which RFC 5802 calls Hi; takes about half a microsecond an iteration.
    static func stretch(password: [UInt8], salt: [UInt8], iterations: Int32) -> [UInt8]? {
        var result = [UInt8](repeating: 0, count: sha256Length)
        let done = password.withUnsafeBytes { password in
            PKCS5_PBKDF2_HMAC(
                password.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(truncatingIfNeeded: password.count),
                salt, Int32(truncatingIfNeeded: salt.count), iterations, EVP_sha256(), Int32(sha256Length), &result)
        }
        return done == 1 ? result : nil
    }

    /// Random bytes from OpenSSL's generator.
    static func random(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return RAND_bytes(&bytes, Int32(truncatingIfNeeded: count)) == 1 ? bytes : nil
    }

    private static func hash(_ bytes: [UInt8], _ algorithm: OpaquePointer?, length: Int) -> [UInt8]? {
        var result = [UInt8](repeating: 0, count: length)
        guard EVP_Digest(bytes, bytes.count, &result, nil, algorithm, nil) == 1 else { return nil }
        return result
    }
}
