import CertificateKit
import Encryption
import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

@Suite struct TLSTerminationTests {
    private static let request = "GET / HTTP/1.1\r\nHost: web\r\n\r\n"

    @Test func aRequestIsDecryptedAndTheInstanceToldSo() throws {
        let secure = try SecureGateway.terminating(speaking: .http)
        defer { secure.gateway.stop() }
        let client = try secure.client()
        for _ in 0..<2 { try client.send(Self.request) }
        let server = try secure.backend.accept()
        for _ in 0..<2 {
            let head = try server.head()
            #expect(head.contains("X-Forwarded-Proto: https\r\n") && head.contains("X-Forwarded-For: 127.0.0.1\r\n"))
            try server.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            #expect(try client.receive(through: "ok").hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
        secure.gateway.await { $0.tls?.clients.succeeded == 1 && $0.http.total == 2 }
    }

    @Test func tenMebibytesGoBothWaysAtOnce() throws {
        let secure = try SecureGateway.terminating()
        defer { secure.gateway.stop() }
        let sent = SecureGateway.tenMebibytes
        let client = try secure.client()
        let echo = try secure.backend.accept()
        let echoing = Thread {
            while let bytes = try? echo.receive(), !bytes.isEmpty { try? echo.send(bytes) }
            echo.endOutput()
        }
        echoing.start()
        // One thread has a session; in turn with what is sent, what comes back is taken.
        var received: [UInt8] = []
        for start in stride(from: 0, to: sent.count, by: 256 << 10) {
            try client.send(Array(sent[start..<start + 256 << 10]))
            received += try client.receive()
        }
        client.endOutput()
        received += try client.receiveAll()
        #expect(received == sent)
        secure.awaitNothingLeft()
    }

    @Test func eachDirectionEndsByItself() throws {
        let secure = try SecureGateway.terminating()
        defer { secure.gateway.stop() }
        let client = try secure.client()
        try client.send("question")
        client.endOutput()
        let server = try secure.backend.accept()
        #expect(try server.receiveAll() == Array("question".utf8))
        try server.send("answer")
        #expect(try client.text(6) == "answer")
        server.endOutput()
        #expect(try client.receiveAll().isEmpty)
        secure.awaitNothingLeft()
    }

    @Test func aServerThatEndsFirstStillHearsTheClient() throws {
        let secure = try SecureGateway.terminating()
        defer { secure.gateway.stop() }
        let client = try secure.client()
        try client.send("?")
        let server = try secure.backend.accept()
        #expect(try server.text(1) == "?")
        try server.send("bye")
        server.endOutput()
        #expect(try client.receiveAll() == Array("bye".utf8))
        try client.send("and more")
        client.endOutput()
        #expect(try server.receiveAll() == Array("and more".utf8))
        secure.awaitNothingLeft()
    }

    @Test func aServerThatBreaksOffIsNotTakenForOneThatEnds() throws {
        let secure = try SecureGateway.terminating()
        defer { secure.gateway.stop() }
        let client = try secure.client()
        try client.send("?")
        var server: Peer? = try secure.backend.accept()
        #expect(try server?.text(1) == "?")
        try server?.send("half")
        #expect(try client.text(4) == "half")
        server?.resetOnClose()
        server = nil
        #expect(throws: SecurePeer.Failure.self) { try client.receiveAll() }
        secure.awaitNothingLeft()
    }

    @Test func whoDoesNotReadIsNotReadFor() throws {
        let secure = try SecureGateway.terminating()
        defer { secure.gateway.stop() }
        let client = try secure.client()
        let size = 48 << 20
        let sending = Thread { [client = Unchecked(client)] in
            try? client.value.send([UInt8](repeating: 7, count: size))
            client.value.endOutput()
        }
        sending.start()
        let server = try secure.backend.accept()
        // One for what is decrypted and one for what is on its way to the server.
        while secure.gateway.with({ $0.buffers.taken }) != 2 { sched_yield() }
        let before = secure.gateway.with { $0.counters.routes[0].bytesIn } ?? 0
        #expect(before < size / 2)
        #expect(try server.receiveAll().count == size)
        server.endOutput()
        secure.awaitNothingLeft()
    }

    @Test func whoSaysNothingIsGivenUp() throws {
        var limits = Forwarder.Limits()
        limits.handshake = 50_000_000
        let secure = try SecureGateway.terminating(limits: limits)
        defer { secure.gateway.stop() }
        let silent = try secure.gateway.client()
        #expect(silent.ending() == .ended)
        // One that begins and does not go on, too.
        let slow = try secure.gateway.client()
        try slow.send([0x16, 3, 1, 2, 0])
        #expect(slow.ending() == .ended)
        secure.gateway.await { SecureGateway.count(.timeout, in: $0.tls?.clients.failures) == 2 && $0.active == 0 }
        secure.awaitNothingLeft()
    }

    @Test func whoLeavesInTheMiddleOfItIsForgotten() throws {
        let secure = try SecureGateway.terminating()
        defer { secure.gateway.stop() }
        var leaving: Peer? = try secure.gateway.client()
        try leaving?.send([0x16, 3, 1, 2, 0])
        secure.gateway.await { $0.accepted == 1 }
        leaving = nil
        secure.gateway.await { SecureGateway.count(.left, in: $0.tls?.clients.failures) == 1 }
        secure.awaitNothingLeft()
    }

    @Test func rubbishIsNotForwarded() throws {
        let secure = try SecureGateway.terminating()
        defer { secure.gateway.stop() }
        let malformed = try secure.gateway.client()
        try malformed.send([0x16, 3, 1, 0, 32] + [UInt8](repeating: 0xee, count: 64))
        _ = malformed.ending()
        let plain = try secure.gateway.client()
        try plain.send("hello")
        _ = plain.ending()
        secure.gateway.await {
            SecureGateway.count(.malformed, in: $0.tls?.clients.failures) == 1
                && SecureGateway.count(.unencrypted, in: $0.tls?.clients.failures) == 1
        }
        #expect(!secure.backend.hasInput)
        secure.awaitNothingLeft()
    }

    @Test func aClientOfPlainHTTPIsToldSo() throws {
        let secure = try SecureGateway.terminating(speaking: .http)
        defer { secure.gateway.stop() }
        let client = try secure.gateway.client()
        try client.send(Self.request)
        let answer = String(decoding: try client.receiveAll(), as: UTF8.self)
        #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("https"))
        #expect(!secure.backend.hasInput)
    }

    @Test func whoShowsNoCertificateIsNotServedWhereOneIsNeeded() throws {
        let secure = try SecureGateway.terminating { route, folder in
            route.traffic.tls?.clientAuthority = folder.file("ca.pem")
        }
        defer { secure.gateway.stop() }
        // With TLS 1.3 the client is done before it is refused.
        #expect(throws: SecurePeer.Failure.self) {
            let client = try secure.client()
            _ = try client.receive()
        }
        secure.gateway.await { SecureGateway.count(.certificate, in: $0.tls?.clients.failures) == 1 }
        let known = try secure.client(certificate: "web")
        try known.send("hello")
        #expect(try secure.backend.accept().text(5) == "hello")
    }

    @Test func theCertificateIsTheOneForTheNameThatIsAskedFor() throws {
        let folder = try CertificateFolder()
        try folder.issue("web", for: "DNS:web")
        try folder.issue("other", for: "DNS:*.example.org")
        let secure = try SecureGateway.terminating(folder: folder) { route, folder in
            route.traffic.tls?.certificates.append(SecurePeer.files("other", folder))
        }
        defer { secure.gateway.stop() }
        for name in ["web", "a.example.org"] {
            let client = try secure.client(expecting: name)
            try client.send(name)
            #expect(try secure.backend.accept().text(name.count) == name)
        }
        #expect(throws: SecurePeer.Failure.handshake(.certificate, "its certificate is not for 'third'")) {
            try secure.client(expecting: "third")
        }
        secure.gateway.await { SecureGateway.count(.rejected, in: $0.tls?.clients.failures) == 1 }
        secure.gateway.await { $0.tls?.certificates.map(\.file) == ["web.pem", "other.pem"].map(folder.file) }
    }

    @Test func theProxyThatIntroducesAClientDoesSoBeforeIt() throws {
        let secure = try SecureGateway.terminating(speaking: .http) { route, _ in
            route.traffic.proxyProtocol.accepts = true
            route.introduced = route.listeners
        }
        defer { secure.gateway.stop() }
        let peer = try secure.gateway.client()
        try peer.send("PROXY TCP4 192.0.2.7 192.0.2.8 1 443\r\n")
        let client = try SecurePeer.client(peer, secure.folder)
        try client.send(Self.request)
        #expect(try secure.backend.accept().head().contains("X-Forwarded-For: 192.0.2.7\r\n"))
    }

    @Test func theInstanceIsToldTheRealClient() throws {
        let secure = try SecureGateway.terminating { route, _ in route.traffic.proxyProtocol.sends = .v1 }
        defer { secure.gateway.stop() }
        let client = try secure.client()
        try client.send("hello")
        let line = try secure.backend.accept().receive(through: "\r\n")
        #expect(line == "PROXY TCP4 127.0.0.1 127.0.0.1 \(client.peer.port) \(secure.gateway.port)\r\n")
    }

    @Test func aChangedCertificateIsForWhoComesThen() throws {
        let secure = try SecureGateway.terminating()
        defer { secure.gateway.stop() }
        let before = try secure.client()
        try before.send("one")
        let server = try secure.backend.accept()
        #expect(try server.text(3) == "one")
        try secure.folder.issue("web", for: "DNS:renamed")
        secure.gateway.with { $0.filesLookedAt = 0 }
        let after = try secure.client(expecting: "renamed")
        try after.send("two")
        #expect(try secure.backend.accept().text(3) == "two")
        // What cannot be used changes nothing.
        try Data("rubbish".utf8).write(to: URL(filePath: secure.folder.file("web.pem")))
        secure.gateway.with { $0.filesLookedAt = 0 }
        _ = try secure.client(expecting: "renamed")
        try before.send("still")
        #expect(try server.text(5) == "still")
    }

    @Test func withoutItsFilesARouteRefuses() throws {
        let secure = try SecureGateway.terminating { route, folder in
            route.traffic.tls?.certificates[0].key = folder.file("missing.key")
        }
        defer { secure.gateway.stop() }
        #expect(throws: SecurePeer.Failure.self) { try secure.client() }
        secure.gateway.await { SecureGateway.count(.unusable, in: $0.tls?.clients.failures) == 1 }
        #expect(!secure.backend.hasInput)
        rename(secure.folder.file("web.key"), secure.folder.file("missing.key"))
        secure.gateway.with { $0.filesLookedAt = 0 }
        try secure.client().send("hello")
        #expect(try secure.backend.accept().text(5) == "hello")
    }

    @Test func bridgesCountAsConnections() throws {
        var limits = Forwarder.Limits()
        limits.connections = 4
        limits.routeShare = 1
        limits.pause = 1_000_000
        let secure = try SecureGateway.terminating(limits: limits)
        defer { secure.gateway.stop() }
        var clients = [try secure.client(), try secure.client()]
        let third = try secure.gateway.client()
        try third.send("x")
        for client in clients { try client.send("x") }
        let servers = [try secure.backend.accept(), try secure.backend.accept()]
        for server in servers { #expect(try server.text(1) == "x") }
        #expect(secure.gateway.with { $0.table.count + $0.bridges.count } == 4)
        #expect(secure.gateway.with { $0.counters.routes[0].accepted } == 2)
        clients = []
        // It begins without TLS, and learns that as soon as there is room for it.
        _ = third.ending()
        secure.gateway.await { $0.accepted == 3 }
    }
}

/// What is handed to another thread, which then has it alone.
struct Unchecked<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}
