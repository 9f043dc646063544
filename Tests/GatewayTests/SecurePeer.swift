import CertificateKit
import Encryption
import Foundation
import Stack

/// TLS over a peer's socket, which waits.
final class SecurePeer: ByteStream {
    enum Failure: Error, Equatable {
        case handshake(TLSHandshakeFailure, String)
        case broken(String?)
    }

    let peer: Peer
    private let session: TLSSession

    private init(_ peer: Peer, _ session: TLSSession?) throws {
        guard let session else { throw Failure.broken("no session") }
        self.peer = peer
        self.session = session
        if case .failed(let failure, let text) = session.handshake() { throw Failure.handshake(failure, text) }
    }

    /// A client that trusts the authority of that folder and expects that name.
    static func client(
        _ peer: Peer, _ folder: CertificateFolder, expecting name: String = "web", certificate: String? = nil
    ) throws -> SecurePeer {
        var policy = TLSOriginationPolicy(serverName: name)
        policy.authority = folder.file("ca.pem")
        policy.certificate = certificate.map { files($0, folder) }
        return try SecurePeer(peer, TLSSession(clientOver: peer.descriptor, try TLSClientContext(policy)))
    }

    /// A server that shows that certificate.
    static func server(
        _ peer: Peer, _ folder: CertificateFolder, showing name: String = "web", demanding authority: String? = nil
    ) throws -> SecurePeer {
        var policy = TLSTerminationPolicy(certificates: [files(name, folder)])
        policy.clientAuthority = authority
        let context = try TLSServerContext(policy, protocolName: nil)
        return try SecurePeer(peer, TLSSession(serverOver: peer.descriptor, context))
    }

    static func files(_ name: String, _ folder: CertificateFolder) -> CertificateFiles {
        CertificateFiles(certificate: folder.file("\(name).pem"), key: folder.file("\(name).key"))
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let transfer = bytes.withUnsafeBytes { raw in
                raw.baseAddress.map { session.write($0 + sent, count: bytes.count - sent) } ?? .ended
            }
            switch transfer {
            case .bytes(let count): sent += count
            case .broken(let text): throw Failure.broken(text)
            case .ended, .wantsInput, .wantsOutput: throw Failure.broken("no room")
            }
        }
    }

    /// What arrives next; empty at an end that was said.
    func receive() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let transfer = buffer.withUnsafeMutableBytes { raw in
                raw.baseAddress.map { session.read(into: $0, count: raw.count) } ?? .ended
            }
            switch transfer {
            case .bytes(let count): return Array(buffer.prefix(count))
            case .ended: return []
            case .broken(let text): throw Failure.broken(text)
            case .wantsInput, .wantsOutput: throw Failure.broken("nothing came")
            }
        }
    }

    /// What arrives up to and with `end`.
    func receive(through end: String) throws -> String {
        var text = ""
        while !text.contains(end) {
            let more = try receive()
            guard !more.isEmpty else { throw Peer.Failure.ended }
            text += String(decoding: more, as: UTF8.self)
        }
        return text
    }

    /// Says that no more bytes come.
    func endOutput() {
        session.endOutput()
        peer.endOutput()
    }
}
