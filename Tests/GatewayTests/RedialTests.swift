import Foundation
import Protocols
import Stack
import Testing
import Wire

@testable import Gateway

/// A server that is gone before it has said anything to a new client costs that client nothing.
@Suite struct RedialTests {
    static let startup: [UInt8] = [0, 0, 0, 17, 0, 3, 0, 0] + Array("user\0me\0\0".utf8)
    static let encryption: [UInt8] = [0, 0, 0, 8, 4, 210, 22, 47]
    static let cancel: [UInt8] = [0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 2]
    static let authentication = Array("*2\r\n$4\r\nAUTH\r\n$3\r\nabc\r\n".utf8)
    static let increment = Array("*2\r\n$4\r\nINCR\r\n$1\r\na\r\n".utf8)
    static let handshake: [UInt8] = [0x60, 0x60, 0xB0, 0x17, 0, 4, 4, 5] + [UInt8](repeating: 0, count: 12)

    struct Opening: Sendable, CustomTestStringConvertible {
        let application: ApplicationProtocol
        let bytes: [UInt8]
        var testDescription: String { "\(application), \(bytes.count) bytes" }
    }

    private func resetNext(_ backend: Peer, after bytes: Int) throws {
        let server = try backend.accept()
        if bytes > 0 { _ = try server.receive(count: bytes) }
        server.resetOnClose()
    }

    @Test(arguments: [
        Opening(application: .tcp, bytes: []), Opening(application: .redis, bytes: []),
        Opening(application: .postgres, bytes: startup), Opening(application: .postgres, bytes: encryption),
        Opening(application: .postgres, bytes: Array(startup.prefix(9))),
        Opening(application: .redis, bytes: authentication), Opening(application: .bolt, bytes: handshake),
    ])
    func theNextOneGetsTheClientWithAllItHasSaid(_ opening: Opening) throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let backend = try Peer.listening()
        gateway.open(to: backend.port, speaking: opening.application)
        let client = try gateway.client()
        if !opening.bytes.isEmpty { try client.send(opening.bytes) }
        for _ in 0..<2 { try resetNext(backend, after: opening.bytes.count) }
        let server = try backend.accept()
        if !opening.bytes.isEmpty { #expect(try server.receive(count: opening.bytes.count) == opening.bytes) }
        try server.send("welcome")
        #expect(try client.text(7) == "welcome")
        try client.send("more")
        #expect(try server.text(4) == "more")
        gateway.await { $0.active == 1 }
    }

    @Test(arguments: [
        Opening(application: .tcp, bytes: [1]), Opening(application: .redis, bytes: increment),
        Opening(application: .postgres, bytes: cancel), Opening(application: .postgres, bytes: startup + [1]),
        Opening(application: .bolt, bytes: handshake + [1]),
    ])
    func nobodyIsToldTwiceWhatMayMatter(_ opening: Opening) throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let backend = try Peer.listening()
        gateway.open(to: backend.port, speaking: opening.application)
        let client = try gateway.client()
        try client.send(opening.bytes)
        try resetNext(backend, after: opening.bytes.count)
        #expect(client.ending() == Peer.wasReset)
        gateway.await { $0.active == 0 }
        #expect(!backend.hasInput)
    }

    @Test func aServerThatHasAnsweredIsNotReplaced() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let backend = try Peer.listening()
        gateway.open(to: backend.port, speaking: .redis)
        let client = try gateway.client()
        try client.send(Self.authentication)
        let server = try backend.accept()
        _ = try server.receive(count: Self.authentication.count)
        try server.send("+OK\r\n")
        #expect(try client.text(5) == "+OK\r\n")
        try client.send(Self.authentication)
        _ = try server.receive(count: Self.authentication.count)
        server.resetOnClose()
        close(server)
        #expect(client.ending() == Peer.wasReset)
        #expect(!backend.hasInput)
    }

    @Test func oneThatEndsWithoutTheAnswerItOwesIsReplaced() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let backend = try Peer.listening()
        gateway.open(to: backend.port, speaking: .redis)
        let client = try gateway.client()
        try client.send(Self.authentication)
        do {
            let server = try backend.accept()
            _ = try server.receive(count: Self.authentication.count)
        }
        let server = try backend.accept()
        #expect(try server.receive(count: Self.authentication.count) == Self.authentication)
    }

    @Test func oneThatOwesNothingMayEndInPeace() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let backend = try Peer.listening()
        gateway.open(to: backend.port)
        let client = try gateway.client()
        do { _ = try backend.accept() }
        #expect(client.ending() == .ended)
    }

    @Test func aClientThatWasRefusedEncryptionGoesOnWithoutAskingAgain() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let backend = try Peer.listening()
        gateway.open(to: backend.port, speaking: .postgres)
        let client = try gateway.client()
        try client.send(Self.encryption)
        do {
            let server = try backend.accept()
            _ = try server.receive(count: 8)
            try server.send("N")
            #expect(try client.text(1) == "N")
            try client.send(Self.startup)
            _ = try server.receive(count: Self.startup.count)
            server.resetOnClose()
        }
        let server = try backend.accept()
        #expect(try server.receive(count: Self.startup.count) == Self.startup)
        try server.send("R")
        #expect(try client.text(1) == "R")
    }

    @Test func whoNeverAnswersIsAskedAsOftenAsRequestsAreSent() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let backend = try Peer.listening()
        gateway.open(to: backend.port, speaking: .redis)
        let client = try gateway.client()
        try client.send(Self.authentication)
        for _ in 0..<3 { try resetNext(backend, after: Self.authentication.count) }
        #expect(client.ending() == Peer.wasReset)
        gateway.await { $0.active == 0 }
        #expect(!backend.hasInput)
    }

    @Test func theBudgetIsNotExceeded() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let backend = try Peer.listening()
        var traffic = TrafficPolicy()
        traffic.retry.budget = 0
        traffic.retry.floor = 0
        gateway.open(to: backend.port, speaking: .redis, traffic: traffic)
        let client = try gateway.client()
        try client.send(Self.authentication)
        try resetNext(backend, after: Self.authentication.count)
        #expect(client.ending() == Peer.wasReset)
    }

    @Test func whoWaitsForARepairPaysNothingAndKeepsWhatItSaid() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let first = try Peer.listening()
        var traffic = TrafficPolicy()
        traffic.retry.budget = 0
        traffic.retry.floor = 0
        gateway.open(to: first.port, speaking: .postgres, traffic: traffic)
        let client = try gateway.client()
        try client.send(Self.startup)
        let server = try first.accept()
        _ = try server.receive(count: Self.startup.count)
        gateway.set(.held, speaking: .postgres, traffic: traffic)
        server.resetOnClose()
        close(server)
        gateway.await { $0.held == 1 }
        let second = try Peer.listening()
        gateway.open(to: second.port, speaking: .postgres, traffic: traffic)
        #expect(try second.accept().receive(count: Self.startup.count) == Self.startup)
    }

    /// Ends the connection by its descriptor, as `Peer` does when nobody holds it any more.
    private func close(_ peer: Peer) {
        let nothing = open("/dev/null", O_RDONLY)
        dup2(nothing, peer.descriptor)
        Foundation.close(nothing)
    }

    @Test(arguments: [startup, encryption])
    func whoWaitsInVainIsToldInItsProtocolAllTheSame(_ opening: [UInt8]) throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let backend = try Peer.listening()
        gateway.open(to: backend.port, speaking: .postgres)
        let client = try gateway.client()
        try client.send(opening)
        let server = try backend.accept()
        _ = try server.receive(count: opening.count)
        gateway.set(.refused, speaking: .postgres)
        server.resetOnClose()
        close(server)
        if opening == Self.encryption {
            #expect(try client.text(1) == "N")
            try client.send(Self.startup)
        }
        let answer = String(decoding: try client.receiveAll(), as: UTF8.self)
        #expect(answer.hasPrefix("E") && answer.contains("57P03"))
    }
}
