import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

@Suite struct HoldTests {
    @Test func holdsClientsAndReleasesThemInOrderToTheNewAddress() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        gateway.set(.held)
        let clients = try (0..<50).map { number in
            let client = try gateway.client()
            try client.send("\(number % 10)")
            gateway.await { $0.held == UInt64(number + 1) }
            return client
        }
        let backend = try Peer.listening()
        gateway.open(to: backend.port)
        for number in 0..<50 {
            let server = try backend.accept()
            #expect(try server.text(1) == "\(number % 10)")
            try server.send("ok")
            #expect(try clients[number].text(2) == "ok")
        }
        gateway.await { $0.held == 0 && $0.released == 50 && $0.refused == 0 }
    }

    @Test func resetsClientsWhenTheHoldEnds() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        gateway.set(.held, hold: .milliseconds(30))
        let start = ContinuousClock.now
        let client = try gateway.client()
        try client.send("anybody there?")
        #expect(client.ending() == Peer.wasReset)
        #expect(ContinuousClock.now - start >= .milliseconds(30))
        gateway.await { $0.held == 0 && $0.refused == 1 }
    }

    @Test func aShorterHoldCountsForThoseWhoWaitAlready() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        gateway.set(.held, hold: .seconds(3_600))
        let client = try gateway.client()
        gateway.await { $0.held == 1 }
        gateway.set(.held, hold: .milliseconds(1))
        #expect(client.ending() == Peer.wasReset)
    }

    @Test func refusesAtOnceWhereThatIsTheState() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        gateway.set(.held)
        let waiting = try gateway.client()
        gateway.await { $0.held == 1 }
        gateway.set(.refused)
        #expect(waiting.ending() == Peer.wasReset)
        #expect(try gateway.client().ending() == Peer.wasReset)
        gateway.await { $0.refused == 2 }
    }

    @Test func waitsForABackendThatRefusesAtFirst() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let backend = try Peer.bound()
        gateway.open(to: backend.port)
        let clients = try (0..<20).map { _ in try gateway.client() }
        gateway.await { $0.accepted == 20 && $0.held > 0 }
        backend.startListening()
        let servers = try (0..<20).map { _ in try backend.accept() }
        for client in clients { try client.send("x") }
        for server in servers { #expect(try server.text(1) == "x") }
        gateway.await { $0.held == 0 && $0.active == 20 && $0.refused == 0 }
    }

    @Test func resetsClientsOfABackendThatNeverAccepts() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let backend = try Peer.bound()
        gateway.open(to: backend.port, hold: .milliseconds(20))
        #expect(try gateway.client().ending() == Peer.wasReset)
        gateway.open(to: backend.port, hold: .zero)
        #expect(try gateway.client().ending() == Peer.wasReset)
    }

    @Test func forgetsAClientThatLeavesWhileItWaits() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        gateway.set(.held)
        var leaver: Peer? = try gateway.client()
        let stayer = try gateway.client()
        gateway.await { $0.held == 2 }
        leaver?.endOutput()
        leaver = nil
        gateway.await { $0.held == 1 && $0.refused == 0 }
        let backend = try Peer.listening()
        gateway.open(to: backend.port)
        try stayer.send("here")
        #expect(try backend.accept().text(4) == "here")
    }

    @Test func keepsAClientThatHasAskedAndEndedItsDirection() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        gateway.set(.held)
        let client = try gateway.client()
        try client.send("question")
        client.endOutput()
        gateway.await { $0.held == 1 }
        let backend = try Peer.listening()
        gateway.open(to: backend.port)
        let server = try backend.accept()
        #expect(try server.receiveAll() == Array("question".utf8))
        try server.send("answer")
        server.endOutput()
        #expect(try client.receiveAll() == Array("answer".utf8))
    }

    @Test func refusesThoseWhoFindTheLineFull() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        var traffic = TrafficPolicy()
        traffic.holdCount = 3
        gateway.set(.held, traffic: traffic)
        let waiting = try (0..<3).map { _ in try gateway.client() }
        gateway.await { $0.held == 3 }
        #expect(try gateway.client().ending() == Peer.wasReset)
        gateway.await { $0.held == 3 && $0.refused == 1 }
        #expect(waiting.count == 3)
    }

    @Test func leavesClientsInTheBacklogUntilARouteTakesThem() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send("early")
        let backend = try Peer.listening()
        gateway.open(to: backend.port)
        #expect(try backend.accept().text(5) == "early")
    }

    /// Be it all that there is or the route's share: a flood of clients of one service must not keep those of others out.
    @Test(arguments: [(2, 1.0), (4, 0.5)])
    func acceptsAgainWhenThereIsRoom(connections: Int, share: Double) throws {
        var limits = Forwarder.Limits()
        limits.connections = connections
        limits.routeShare = share
        limits.pause = 1_000_000
        let gateway = try GatewayFixture(limits: limits)
        defer { gateway.stop() }
        let backend = try Peer.listening()
        gateway.open(to: backend.port)
        var early: [Peer] = try (0..<2).map { _ in try gateway.client() }
        gateway.await { $0.active == 2 }
        let late = try gateway.client()
        try late.send("late")
        for _ in early { _ = try backend.accept() }
        #expect(gateway.with { $0.table.count } == 2)
        #expect(!backend.hasInput)
        early = []
        #expect(try backend.accept().text(4) == "late")
    }
}
