import CertificateKit
import Foundation
import Stack
import Testing

@testable import Encryption

/// Two ends that speak over a pair of sockets, in turn.
@Suite struct TLSSessionTests {
    /// Both ends, and how their handshake has ended.
    private struct Pair {
        let client: TLSSession
        let server: TLSSession
        let ends: (Int32, Int32)
        var clientResult = TLSSession.Handshake.wantsInput
        var serverResult = TLSSession.Handshake.wantsInput

        init(_ client: TLSClientContext, _ server: TLSServerContext) throws {
            var ends: [Int32] = [-1, -1]
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
            try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
            self.ends = (ends[0], ends[1])
            self.client = try #require(TLSSession(clientOver: ends[0], client))
            self.server = try #require(TLSSession(serverOver: ends[1], server))
            // More rounds than any handshake has.
            for _ in 0..<10 {
                if clientResult == .wantsInput { clientResult = self.client.handshake() }
                if serverResult == .wantsInput { serverResult = self.server.handshake() }
            }
        }

        func close() {
            Foundation.close(ends.0)
            Foundation.close(ends.1)
        }
    }

    private static func folder() throws -> CertificateFolder {
        signal(SIGPIPE, SIG_IGN)
        let folder = try CertificateFolder()
        try folder.issue("web", for: "DNS:web", "IP:127.0.0.1")
        return folder
    }

    private static func server(
        _ folder: CertificateFolder, protocolName: String? = nil,
        _ change: (inout TLSTerminationPolicy) -> Void = { _ in }
    ) throws -> TLSServerContext {
        let files = CertificateFiles(certificate: folder.file("web.pem"), key: folder.file("web.key"))
        var policy = TLSTerminationPolicy(certificates: [files])
        change(&policy)
        return try TLSServerContext(policy, protocolName: protocolName)
    }

    private static func client(
        _ folder: CertificateFolder, expecting name: String = "web",
        _ change: (inout TLSOriginationPolicy) -> Void = { _ in }
    ) throws -> TLSClientContext {
        var policy = TLSOriginationPolicy(serverName: name)
        policy.authority = folder.file("ca.pem")
        change(&policy)
        return try TLSClientContext(policy)
    }

    @Test(arguments: ["web", "127.0.0.1"])
    func whatIsWrittenIsReadAndTheEndIsSaid(name: String) throws {
        let folder = try Self.folder()
        let pair = try Pair(Self.client(folder, expecting: name), Self.server(folder))
        defer { pair.close() }
        #expect(pair.clientResult == .done && pair.serverResult == .done)
        var memory = [UInt8](repeating: 0, count: 16_384)
        let sent = Array("hello".utf8)
        let written = sent.withUnsafeBytes { bytes in bytes.baseAddress.map { pair.client.write($0, count: 5) } }
        #expect(written == .bytes(5))
        pair.client.endOutput()
        try memory.withUnsafeMutableBytes { room in
            let start = try #require(room.baseAddress)
            #expect(pair.server.read(into: start, count: room.count) == .bytes(5))
            #expect(room.prefix(5).elementsEqual(sent))
            #expect(pair.server.read(into: start, count: room.count) == .ended)
            #expect(pair.client.read(into: start, count: room.count) == .wantsInput)
        }
    }

    @Test func anAddressThatTheCertificateLacksIsNotProved() throws {
        let folder = try Self.folder()
        let pair = try Pair(Self.client(folder, expecting: "127.0.0.2"), Self.server(folder))
        defer { pair.close() }
        #expect(pair.clientResult == .failed(.certificate, "its certificate is not for '127.0.0.2'"))
    }

    @Test func thoseWhoAreNotTrustedAreRefused() throws {
        let folder = try Self.folder()
        let pair = try Pair(Self.client(try Self.folder()), Self.server(folder))
        defer { pair.close() }
        guard case .failed(.certificate, let text) = pair.clientResult else {
            Issue.record("\(pair.clientResult)")
            return
        }
        #expect(text.hasPrefix("its certificate is not accepted: "))
        guard case .failed(.rejected, _) = pair.serverResult else {
            Issue.record("\(pair.serverResult)")
            return
        }
    }

    @Test func anEndIsNoneWhereTheServerHasNotSaidIt() throws {
        let folder = try Self.folder()
        let pair = try Pair(Self.client(folder), Self.server(folder))
        defer { pair.close() }
        shutdown(pair.ends.0, Int32(SHUT_WR))
        shutdown(pair.ends.1, Int32(SHUT_WR))
        var memory = [UInt8](repeating: 0, count: 16_384)
        try memory.withUnsafeMutableBytes { room in
            let start = try #require(room.baseAddress)
            #expect(pair.client.read(into: start, count: room.count) == .broken(nil))
            // Clients just leave.
            #expect(pair.server.read(into: start, count: room.count) == .ended)
        }
    }

    @Test(arguments: ["missing", "web"])
    func aClientWithoutACertificateIsRefusedWhereOneIsNeeded(name: String) throws {
        let folder = try Self.folder()
        let server = try Self.server(folder) { $0.clientAuthority = folder.file("ca.pem") }
        let client = try Self.client(folder) { policy in
            guard name == "web" else { return }
            policy.certificate = CertificateFiles(certificate: folder.file("web.pem"), key: folder.file("web.key"))
        }
        let pair = try Pair(client, server)
        defer { pair.close() }
        #expect(
            pair.serverResult == (name == "web" ? .done : .failed(.certificate, "it shows no certificate")))
    }
}
