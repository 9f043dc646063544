/// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding.
///
/// The password is used as it is: ASCII needs no SASLprep, and other text is taken to be normalised already.
struct ScramClient: Sendable {
    /// What went wrong, for the one who reads the probe's verdict.
    struct Failure: Error, Equatable {
        var text: String
    }

    static let mechanism = "SCRAM-SHA-256"
    /// One exchange at this bound takes about 50 ms; PostgreSQL's own default is 4096.
    static let iterationLimit: Int32 = 100_000

    private static let bindingHeader = "n,,"
    private let password: [UInt8]
    private let nonce: String
    private let firstBare: String
    private var serverSignature: [UInt8]?

    /// `nonce` is printable ASCII without a comma, never used before. PostgreSQL takes the user from the start-up packet
    /// and wants an empty one here.
    init(user: String = "", password: String, nonce: String) {
        self.password = Array(password.utf8)
        self.nonce = nonce
        let name = user.split(separator: "=", omittingEmptySubsequences: false).joined(separator: "=3D")
            .split(separator: ",", omittingEmptySubsequences: false).joined(separator: "=2C")
        firstBare = "n=\(name),r=\(nonce)"
    }

    /// client-first-message.
    var first: [UInt8] {
        Array((Self.bindingHeader + firstBare).utf8)
    }

    /// Answers server-first-message with client-final-message.
    mutating func answer(serverFirst: [UInt8]) throws(Failure) -> [UInt8] {
        let text = String(decoding: serverFirst, as: UTF8.self)
        let challenge = try challenge(in: text)
        let binding = Base64.encode(Array(Self.bindingHeader.utf8))
        let finalWithoutProof = "c=\(binding),r=\(challenge.nonce)"
        let message = Array("\(firstBare),\(text),\(finalWithoutProof)".utf8)
        guard
            let salted = Digest.stretch(
                password: password, salt: challenge.salt, iterations: challenge.iterations),
            let clientKey = Digest.authenticate(Array("Client Key".utf8), key: salted),
            let storedKey = Digest.sha256(clientKey),
            let clientSignature = Digest.authenticate(message, key: storedKey),
            let serverKey = Digest.authenticate(Array("Server Key".utf8), key: salted),
            let expected = Digest.authenticate(message, key: serverKey)
        else { throw Failure(text: "OpenSSL refuses SHA-256") }
        serverSignature = expected
        let proof = zip(clientKey, clientSignature).map { $0 ^ $1 }
        return Array("\(finalWithoutProof),p=\(Base64.encode(proof))".utf8)
    }

    /// Checks server-final-message: that the server knows the password too.
    func verify(serverFinal: [UInt8]) throws(Failure) {
        let fields = Self.fields(of: String(decoding: serverFinal, as: UTF8.self))
        if let error = fields["e"] { throw Failure(text: Wording.line("password rejected (\(error))")) }
        guard let expected = serverSignature, let value = fields["v"], Base64.decode(value) == expected else {
            throw Failure(text: "the server could not prove that it knows the password")
        }
    }

    private struct Challenge {
        var nonce: String
        var salt: [UInt8]
        var iterations: Int32
    }

    private func challenge(in text: String) throws(Failure) -> Challenge {
        let fields = Self.fields(of: text)
        guard fields["m"] == nil else { throw Failure(text: "the server wants an unknown SCRAM extension") }
        guard let combined = fields["r"], combined.hasPrefix(nonce), combined.utf8.count > nonce.utf8.count else {
            throw Failure(text: "the server answered another SCRAM exchange")
        }
        guard let encoded = fields["s"], let salt = Base64.decode(encoded), !salt.isEmpty else {
            throw Failure(text: "the server sent no SCRAM salt")
        }
        guard let count = fields["i"], let iterations = Int32(count), iterations > 0 else {
            throw Failure(text: "the server sent no SCRAM iteration count")
        }
        guard iterations <= Self.iterationLimit else {
            throw Failure(text: "the server wants \(iterations) SCRAM iterations, a probe does \(Self.iterationLimit)")
        }
        return Challenge(nonce: combined, salt: salt, iterations: iterations)
    }

    private static func fields(of text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for part in text.split(separator: ",") {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let name = String(part[..<equals])
            fields[name] = fields[name] ?? String(part[part.index(after: equals)...])
        }
        return fields
    }
}
