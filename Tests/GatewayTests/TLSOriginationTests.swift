import CertificateKit
import Encryption
import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

@Suite struct TLSOriginationTests {
    private static let request = "GET / HTTP/1.1\r\nHost: web\r\n\r\n"

    /// What the breaker of the one instance says last went wrong, once it says something.
    private static func lastFailure(_ secure: SecureGateway) throws -> String {
        let deadline = Date().addingTimeInterval(20)
        while Date() < deadline {
            if let text = secure.gateway.with({ $0.breakers.first?.lastFailure }) ?? nil { return text }
            sched_yield()
        }
        throw Peer.Failure.ended
    }

    @Test func requestsAreEncryptedAndShareAConnection() throws {
        let secure = try SecureGateway.originating(speaking: .http)
        defer { secure.gateway.stop() }
        let client = try secure.gateway.client()
        try client.send(Self.request)
        let server = try secure.server()
        for number in 1...3 {
            #expect(try server.receive(through: "\r\n\r\n").contains("X-Forwarded-Proto: http\r\n"))
            try server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            #expect(try client.receive(through: "ok").hasPrefix("HTTP/1.1 200 OK\r\n"))
            guard number < 3 else { break }
            // The second is the same client's, the third another one's, for whom it has become free.
            let next = number == 1 ? client : try secure.gateway.client()
            if number == 2 {
                client.endOutput()
                #expect(try client.receiveAll().isEmpty)
                try next.send(Self.request)
                #expect(try server.receive(through: "\r\n\r\n").hasPrefix("GET / "))
                break
            }
            try next.send(Self.request)
        }
        secure.gateway.await { $0.tls?.servers.succeeded == 1 && $0.http.total == 3 }
    }

    @Test func bytesGoBothWaysAndEachEndsByItself() throws {
        let secure = try SecureGateway.originating()
        defer { secure.gateway.stop() }
        let sent = SecureGateway.tenMebibytes
        let client = try secure.gateway.client()
        let sending = Thread {
            try? client.send(sent)
            client.endOutput()
        }
        sending.start()
        let server = try secure.server()
        #expect(try server.receiveAll() == sent)
        try server.send("done")
        server.endOutput()
        #expect(String(decoding: try client.receiveAll(), as: UTF8.self) == "done")
        secure.awaitNothingLeft()
    }

    @Test(arguments: [
        ("other", "its certificate is not for 'web'"), ("stranger", "its certificate is not accepted: "),
    ])
    func aCertificateThatIsNotTheRightOneOpensTheBreaker(name: String, reason: String) throws {
        let secure = try SecureGateway.originating(speaking: .http)
        defer { secure.gateway.stop() }
        try secure.folder.issue("other", for: "DNS:other")
        let strangers = try CertificateFolder()
        try strangers.issue("stranger", for: "DNS:web")
        let folder = name == "other" ? secure.folder : strangers
        let troubles = Noted()
        secure.gateway.with { $0.onTrouble = { troubles.append($0.reason) } }
        for _ in 0..<5 {
            let client = try secure.gateway.client()
            try client.send(Self.request)
            #expect(throws: (any Error).self) {
                _ = try SecurePeer.server(secure.backend.accept(), folder, showing: name).receive()
            }
            // Nobody is kept waiting for what only a person can mend.
            let head = try client.head()
            #expect(head.hasPrefix("HTTP/1.1 502 "))
        }
        #expect(try Self.lastFailure(secure).hasPrefix(reason))
        #expect(troubles.all.first?.hasPrefix(reason) == true)
        #expect(secure.gateway.with { $0.breakers.first?.state } == .open)
        let late = try secure.gateway.client()
        try late.send(Self.request)
        #expect(try late.head().hasPrefix("HTTP/1.1 502 "))
        #expect(!secure.backend.hasInput)
        secure.gateway.await { SecureGateway.count(.certificate, in: $0.tls?.servers.failures) == 5 }
    }

    @Test func nothingIsLookedAtWhereNothingIsToBe() throws {
        let secure = try SecureGateway.originating { route, _ in
            route.traffic.upstreamTLS?.serverName = "another"
            route.traffic.upstreamTLS?.verifies = false
        }
        defer { secure.gateway.stop() }
        try secure.gateway.client().send("hello")
        #expect(try secure.server().text(5) == "hello")
    }

    @Test func aServerThatSpeaksNoTLSIsNotSpokenToInTheClear() throws {
        let secure = try SecureGateway.originating(speaking: .http)
        defer { secure.gateway.stop() }
        let client = try secure.gateway.client()
        try client.send(Self.request)
        let server = try secure.backend.accept()
        #expect(try server.receive(count: 1).first == 0x16)
        try server.send("HTTP/1.1 400 Bad Request\r\n\r\n")
        #expect(try client.head().hasPrefix("HTTP/1.1 502 "))
        #expect(try Self.lastFailure(secure) == "it does not speak TLS")
        secure.gateway.await { SecureGateway.count(.unencrypted, in: $0.tls?.servers.failures) == 1 }
    }

    @Test func aServerThatLeavesOrHangsInTheHandshakeIsAskedAgain() throws {
        var limits = Forwarder.Limits()
        limits.connect = 100_000_000
        let secure = try SecureGateway.originating(speaking: .http, limits: limits)
        defer { secure.gateway.stop() }
        let client = try secure.gateway.client()
        try client.send(Self.request)
        // Closed at once.
        _ = try secure.backend.accept()
        let hanging = try secure.backend.accept()
        secure.gateway.await {
            SecureGateway.count(.left, in: $0.tls?.servers.failures) >= 1
                && SecureGateway.count(.timeout, in: $0.tls?.servers.failures) >= 1
        }
        withExtendedLifetime(hanging) {}
        let server = try secure.server()
        #expect(try server.receive(through: "\r\n\r\n").hasPrefix("GET / "))
        try server.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.head().hasPrefix("HTTP/1.1 200 "))
    }

    @Test func whatASilentEndCutsOffIsNotTakenForAWhole() throws {
        let secure = try SecureGateway.originating(speaking: .http)
        defer { secure.gateway.stop() }
        for isWhole in [true, false] {
            let client = try secure.gateway.client()
            try client.send(Self.request)
            let server = try secure.server()
            #expect(try server.receive(through: "\r\n\r\n").hasPrefix("GET / "))
            try server.send("HTTP/1.1 200 OK\r\n\r\nall until the end")
            if isWhole { server.endOutput() } else { server.peer.endOutput() }
            #expect(try client.head().hasPrefix("HTTP/1.1 200 "))
            #expect(client.ending() == (isWhole ? .ended : Peer.wasReset))
        }
        secure.gateway.await { $0.http.truncated == 1 }
    }

    @Test func aServerThatWantsToKnowWhoAsksIsToldOrSaysWhy() throws {
        let secure = try SecureGateway.originating(speaking: .http) { route, folder in
            route.traffic.upstreamTLS?.certificate = SecurePeer.files("web", folder)
        }
        defer { secure.gateway.stop() }
        let client = try secure.gateway.client()
        try client.send(Self.request)
        let server = try secure.server(demanding: secure.folder.file("ca.pem"))
        #expect(try server.receive(through: "\r\n\r\n").hasPrefix("GET / "))
        let unknown = try SecureGateway.originating(speaking: .http)
        defer { unknown.gateway.stop() }
        let other = try unknown.gateway.client()
        try other.send(Self.request)
        // With TLS 1.3 its end of the handshake is done before it is refused, so it may be asked as often as any other.
        for _ in 0..<3 {
            #expect(throws: SecurePeer.Failure.self) { try unknown.server(demanding: unknown.folder.file("ca.pem")) }
        }
        #expect(try Self.lastFailure(unknown).contains("certificate required"))
        #expect(try other.head().hasPrefix("HTTP/1.1 502 "))
    }

    @Test func whoseConnectionItIsComesBeforeTLS() throws {
        let secure = try SecureGateway.originating { route, _ in route.traffic.proxyProtocol.sends = .v1 }
        defer { secure.gateway.stop() }
        let client = try secure.gateway.client()
        try client.send("hello")
        let peer = try secure.backend.accept()
        #expect(try peer.receive(through: "\r\n").hasPrefix("PROXY TCP4 127.0.0.1 "))
        #expect(try SecurePeer.server(peer, secure.folder).text(5) == "hello")
    }

    @Test func aClientThatLeavesTakesTheHandshakeWithIt() throws {
        let secure = try SecureGateway.originating()
        defer { secure.gateway.stop() }
        var client: Peer? = try secure.gateway.client()
        client?.resetOnClose()
        let server = try secure.backend.accept()
        #expect(try server.receive(count: 1).first == 0x16)
        client = nil
        _ = server.ending()
        secure.awaitNothingLeft()
    }

    @Test func bothSidesMayBeEncrypted() throws {
        let secure = try SecureGateway.originating { route, folder in
            route.encrypted = route.listeners
            route.traffic.tls = TLSTerminationPolicy(certificates: [SecurePeer.files("web", folder)])
        }
        defer { secure.gateway.stop() }
        let client = try secure.client()
        try client.send("hello")
        let server = try secure.server()
        #expect(try server.text(5) == "hello")
        try server.send("and back")
        #expect(try client.text(8) == "and back")
        client.endOutput()
        #expect(try server.receiveAll().isEmpty)
        server.endOutput()
        #expect(try client.receiveAll().isEmpty)
        secure.awaitNothingLeft()
    }
}

/// What another thread notes.
final class Noted: @unchecked Sendable {
    private let lock = NSLock()
    private var texts: [String] = []

    func append(_ text: String) { lock.withLock { texts.append(text) } }

    var all: [String] { lock.withLock { texts } }
}
