import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

@Suite struct TLSPostgresTests {
    private static let sslRequest: [UInt8] = [0, 0, 0, 8, 4, 210, 22, 47]
    private static let gssRequest: [UInt8] = [0, 0, 0, 8, 4, 210, 22, 48]
    private static let cancel: [UInt8] = [0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 2]
    private static let startup: [UInt8] = [0, 0, 0, 15, 0, 3, 0, 0] + Array("user\0a\0".utf8)

    @Test func aClientThatAsksIsAnsweredAndThenSpeaksTLS() throws {
        let secure = try SecureGateway.terminating(speaking: .postgres)
        defer { secure.gateway.stop() }
        let peer = try secure.gateway.client()
        // In two parts, and after it has asked for something that is not there.
        try peer.send(Self.gssRequest)
        #expect(try peer.text(1) == "N")
        try peer.send(Array(Self.sslRequest[..<3]))
        secure.gateway.await { $0.accepted == 1 }
        try peer.send(Array(Self.sslRequest[3...]))
        #expect(try peer.text(1) == "S")
        let client = try SecurePeer.client(peer, secure.folder)
        try client.send(Self.startup)
        #expect(try secure.backend.accept().receive(count: Self.startup.count) == Self.startup)
    }

    @Test func aClientThatDoesNotAskIsServedInTheClear() throws {
        let secure = try SecureGateway.terminating(speaking: .postgres)
        defer { secure.gateway.stop() }
        let client = try secure.gateway.client()
        try client.send(Array(Self.startup[..<5]))
        secure.gateway.await { $0.accepted == 1 }
        try client.send(Array(Self.startup[5...]))
        let server = try secure.backend.accept()
        #expect(try server.receive(count: Self.startup.count) == Self.startup)
        try server.send("R")
        #expect(try client.text(1) == "R")
        #expect(secure.gateway.with { $0.bridges.count } == 0)
    }

    @Test func aClientThatDoesNotAskIsToldThatItHasTo() throws {
        let secure = try SecureGateway.terminating(speaking: .postgres) { route, _ in
            route.traffic.tls?.isRequired = true
        }
        defer { secure.gateway.stop() }
        let client = try secure.gateway.client()
        try client.send(Self.startup)
        let answer = String(decoding: try client.receiveAll(), as: UTF8.self)
        #expect(answer.hasPrefix("E") && answer.contains("C28000\0") && answer.contains("TLS"))
        #expect(!secure.backend.hasInput)
        // What was begun over TLS is cancelled in the clear by most clients.
        let cancelling = try secure.gateway.client()
        try cancelling.send(Self.cancel)
        #expect(try secure.backend.accept().receive(count: Self.cancel.count) == Self.cancel)
    }

    @Test func aClientMayBeginWithTLS() throws {
        let secure = try SecureGateway.terminating(speaking: .postgres)
        defer { secure.gateway.stop() }
        let client = try secure.client()
        try client.send(Self.startup)
        #expect(try secure.backend.accept().receive(count: Self.startup.count) == Self.startup)
    }

    @Test func whatIsNeitherIsNotForwarded() throws {
        let secure = try SecureGateway.terminating(speaking: .postgres)
        defer { secure.gateway.stop() }
        let client = try secure.gateway.client()
        try client.send("GET / HTTP/1.1\r\n\r\n")
        _ = client.ending()
        secure.gateway.await { SecureGateway.count(.unencrypted, in: $0.tls?.clients.failures) == 1 }
        #expect(!secure.backend.hasInput)
    }
}
