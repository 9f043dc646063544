import Foundation
import TestFolders

/// A folder with an authority and certificates of it, made by `openssl`; it goes away with the last reference to it.
public final class CertificateFolder: Sendable {
    /// What went wrong while it was made.
    public struct Failure: Error {
        let command: String
        let output: String
    }

    private let folder = TemporaryFolder()

    /// Where the folder is.
    public var path: String { folder.path }

    /// A folder with `ca.pem` and `ca.key`, an authority of its own.
    public init() throws {
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=authority of a test", "-keyout", "ca.key", "-out", "ca.pem")
    }

    /// The path of the file of that name.
    public func file(_ name: String) -> String { folder[name] }

    /// Makes a certificate `NAME.pem` with the key `NAME.key` for these names and addresses ("DNS:web", "IP:127.0.0.1").
    public func issue(_ name: String, for names: String..., days: Int = 2) throws {
        let draft = "\(name).\(UInt32.random(in: 0 ... .max))"
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)",
            "-keyout", "\(draft).key", "-out", "\(draft).csr")
        try Data("subjectAltName=\(names.joined(separator: ","))\n".utf8).write(to: URL(filePath: file("\(draft).ext")))
        try openssl(
            "x509", "-req", "-in", "\(draft).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
            "\(days)", "-extfile", "\(draft).ext", "-out", "\(draft).pem")
        for ending in ["key", "pem"] { rename(file("\(draft).\(ending)"), file("\(name).\(ending)")) }
    }

    /// Runs `openssl` in the folder; what it printed.
    @discardableResult
    public func openssl(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(filePath: path)
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(command: arguments.joined(separator: " "), output: output)
        }
        return output
    }
}
