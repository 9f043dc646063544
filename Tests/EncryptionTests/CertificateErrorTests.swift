import CertificateKit
import Foundation
import Stack
import Testing

@testable import Encryption

/// What is said of files that cannot be used.
@Suite struct CertificateErrorTests {
    private static func problem(_ certificate: String, _ key: String, authority: String? = nil) throws
        -> CertificateError
    {
        var policy = TLSTerminationPolicy(certificates: [CertificateFiles(certificate: certificate, key: key)])
        policy.clientAuthority = authority
        do {
            _ = try TLSServerContext(policy, protocolName: nil)
        } catch {
            return error
        }
        Issue.record("nothing was wrong")
        throw Peerless.nothing
    }

    private enum Peerless: Error { case nothing }

    private static func folder() throws -> CertificateFolder {
        let folder = try CertificateFolder()
        try folder.issue("web", for: "DNS:web")
        try folder.issue("other", for: "DNS:other")
        try Data("rubbish\n".utf8).write(to: URL(filePath: folder.file("rubbish")))
        try folder.openssl("pkey", "-in", "web.key", "-aes128", "-passout", "pass:secret", "-out", "locked.key")
        return folder
    }

    @Test func eachFileIsToldWhatIsWrongWithIt() throws {
        let folder = try Self.folder()
        let rows: [(certificate: String, key: String, role: CertificateError.Role, file: String, problem: String)] = [
            ("missing", "web.key", .certificate, "missing", "cannot be read: no such file or directory"),
            (".", "web.key", .certificate, ".", "cannot be read: is a directory"),
            ("rubbish", "web.key", .certificate, "rubbish", "holds no certificate in PEM form"),
            ("web.key", "web.key", .certificate, "web.key", "holds no certificate in PEM form"),
            ("web.pem", "missing", .key, "missing", "cannot be read: no such file or directory"),
            ("web.pem", "rubbish", .key, "rubbish", "holds no private key in PEM form"),
            ("web.pem", "web.pem", .key, "web.pem", "holds no private key in PEM form"),
            ("web.pem", "locked.key", .key, "locked.key", "is encrypted with a passphrase"),
            ("web.pem", "other.key", .key, "other.key", "is not the key of \(folder.file("web.pem"))"),
        ]
        for row in rows {
            let error = try Self.problem(folder.file(row.certificate), folder.file(row.key))
            #expect(error.role == row.role && error.file == folder.file(row.file), "\(row)")
            #expect(error.problem == row.problem)
            #expect(error.description == "\(error.file) \(error.problem); \(error.advice)")
        }
    }

    @Test func aPipeIsNotWaitedFor() throws {
        let folder = try CertificateFolder()
        try #require(mkfifo(folder.file("pipe"), 0o600) == 0)
        let error = try Self.problem(folder.file("pipe"), folder.file("pipe"))
        #expect(error.role == .certificate && error.problem.hasPrefix("cannot be read: "))
    }

    @Test func anAuthorityIsACertificateToo() throws {
        let folder = try Self.folder()
        let (certificate, key) = (folder.file("web.pem"), folder.file("web.key"))
        for (name, problem) in [
            ("missing", "cannot be read: no such file or directory"), ("rubbish", "holds no certificate in PEM form"),
        ] {
            let error = try Self.problem(certificate, key, authority: folder.file(name))
            #expect(error.role == .authority && error.file == folder.file(name) && error.problem == problem)
        }
        var policy = TLSOriginationPolicy(serverName: "web")
        policy.authority = folder.file("rubbish")
        #expect(throws: CertificateError.self) { try TLSClientContext(policy) }
    }

    @Test func aCertificateSaysWhenItExpires() throws {
        let folder = try CertificateFolder()
        try folder.issue("web", for: "DNS:web", days: 30)
        let files = CertificateFiles(certificate: folder.file("web.pem"), key: folder.file("web.key"))
        let context = try TLSServerContext(TLSTerminationPolicy(certificates: [files]), protocolName: nil)
        let expected = Date().addingTimeInterval(30 * 86_400).timeIntervalSince1970
        let certificate = try #require(context.certificates.first)
        #expect(certificate.file == files.certificate)
        #expect(abs(Double(certificate.expiry) - expected) < 3_600)
    }
}
