import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

@Suite struct RampTests {
    private static let get = "GET / HTTP/1.1\r\nHost: web\r\n\r\n"
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    /// A gateway that leads to nobody, with so many HTTP clients that wait.
    private static func waiting(_ count: Int, ramp: Duration) throws -> (GatewayFixture, [Peer], TrafficPolicy) {
        let gateway = try GatewayFixture()
        var traffic = TrafficPolicy()
        traffic.ramp = ramp
        gateway.set(.held, speaking: .http, traffic: traffic)
        let clients = try (1...count).map { number in
            let client = try gateway.client()
            try client.send(get)
            gateway.await { $0.held == UInt64(number) }
            return client
        }
        return (gateway, clients, traffic)
    }

    @Test func eachThatIsServedMakesRoomForTwo() throws {
        // Time lets through the first of 30 after hours.
        let (gateway, clients, traffic) = try Self.waiting(30, ramp: .seconds(86_400))
        defer { gateway.stop() }
        let backend = try Peer.listening()
        gateway.open(to: backend.port, speaking: .http, traffic: traffic)
        var served = 0
        var round = 2
        while served < 30 {
            let servers = try (0..<min(round, 30 - served)).map { _ in
                let server = try backend.accept()
                _ = try server.head()
                return server
            }
            let (active, held) = (UInt64(servers.count), UInt64(30 - served - servers.count))
            gateway.await { $0.active == active && $0.held == held }
            #expect(!backend.hasInput, "more than \(round) at a time")
            for server in servers { try server.send(Self.ok) }
            for client in clients[served..<served + servers.count] {
                #expect(try client.text(Self.ok.utf8.count) == Self.ok)
            }
            served += servers.count
            round *= 2
        }
        gateway.await { $0.held == 0 && $0.released == 30 && $0.refused == 0 }
    }

    @Test func timeLetsThroughThoseWhomNobodyMakesRoomFor() throws {
        let (gateway, clients, traffic) = try Self.waiting(20, ramp: .milliseconds(50))
        defer { gateway.stop() }
        let backend = try Peer.listening()
        gateway.open(to: backend.port, speaking: .http, traffic: traffic)
        // Nobody is ever answered.
        withExtendedLifetime(clients) {
            gateway.await { $0.active == 20 && $0.held == 0 }
        }
    }

    @Test func whoseHoldEndsMeanwhileIsLetThrough() throws {
        let (gateway, clients, traffic) = try Self.waiting(5, ramp: .seconds(86_400))
        defer { gateway.stop() }
        let backend = try Peer.listening()
        let start = ContinuousClock.now
        gateway.open(to: backend.port, hold: .milliseconds(300), speaking: .http, traffic: traffic)
        // Kept, as a server that closes has its request sent to another one.
        let servers = try clients.map { _ in
            let server = try backend.accept()
            _ = try server.head()
            return server
        }
        #expect(ContinuousClock.now - start < .seconds(60))
        withExtendedLifetime(servers) {
            gateway.await { $0.held == 0 && $0.refused == 0 }
        }
    }

    @Test func whoFindsNobodyWaitsForTheFirstOfTheLineToGetThrough() throws {
        let (gateway, clients, traffic) = try Self.waiting(5, ramp: .seconds(86_400))
        defer { gateway.stop() }
        let backend = try Peer.bound()
        gateway.open(to: backend.port, speaking: .http, traffic: traffic)
        backend.startListening()
        for client in clients {
            let server = try backend.accept()
            _ = try server.head()
            try server.send(Self.ok)
            #expect(try client.text(Self.ok.utf8.count) == Self.ok)
        }
    }

    @Test func aDeathDuringTheRampIsNoneForThoseWhoWait() throws {
        let (gateway, clients, traffic) = try Self.waiting(8, ramp: .seconds(86_400))
        defer { gateway.stop() }
        var first: Peer? = try Peer.listening()
        gateway.open(to: try #require(first).port, speaking: .http, traffic: traffic)
        _ = try first?.accept().head()
        first = nil
        gateway.await { $0.held == 8 }
        let second = try Peer.listening()
        gateway.set(
            .open([.init(address: "127.0.0.1", port: second.port, run: 2)]), speaking: .http, traffic: traffic)
        for client in clients {
            let server = try second.accept()
            _ = try server.head()
            try server.send(Self.ok)
            #expect(try client.text(Self.ok.utf8.count) == Self.ok)
        }
        gateway.await { $0.held == 0 && $0.active == 0 && $0.refused == 0 }
    }

    /// Who has asked something and left is in line still, as it may have ended only its own direction; so is who has given
    /// up without a word.
    @Test(arguments: [true, false])
    func whoHasGivenUpHoldsUpNobody(leaves: Bool) throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        var traffic = TrafficPolicy()
        traffic.ramp = .seconds(86_400)
        gateway.set(.held, hold: .seconds(60), speaking: .postgres, traffic: traffic)
        let encryption: [UInt8] = [0, 0, 0, 8, 4, 210, 22, 47]
        var silent: [Peer] = []
        for number in 1...6 {
            let client = try gateway.client()
            try client.send(encryption)
            gateway.await { $0.held == UInt64(number) }
            if !leaves { silent.append(client) }
        }
        let backend = try Peer.listening()
        let serving = Thread {
            while let server = try? backend.accept() {
                Thread {
                    guard (try? server.receive(count: 8)) != nil else { return }
                    try? server.send("N")
                    _ = try? server.receiveAll()
                }.start()
            }
        }
        serving.start()
        gateway.open(to: backend.port, hold: .seconds(60), speaking: .postgres, traffic: traffic)
        let client = try gateway.client()
        try client.send(encryption)
        #expect(try client.text(1) == "N")
        #expect(silent.count == (leaves ? 0 : 6))
    }

    /// All calls of a server that dies break off at once: that is no storm of retries, as they wait for its successor.
    @Test func theRetryBudgetIsNotForThoseWhoWait() throws {
        let gateway = try GatewayFixture()
        defer { gateway.stop() }
        var traffic = TrafficPolicy()
        traffic.retry.budget = 0
        traffic.retry.floor = 0
        var backend: Peer? = try Peer.listening()
        let port = try #require(backend).port
        gateway.open(to: port, speaking: .http, traffic: traffic)
        let clients = try (0..<4).map { _ in
            let client = try gateway.client()
            try client.send(Self.get)
            return client
        }
        var servers = try (0..<4).compactMap { _ in try backend?.accept() }
        for server in servers { _ = try server.head() }
        backend = nil
        servers = []
        gateway.await { $0.held == 4 }
        let successor = try Peer.listening(port: port)
        for _ in clients {
            let server = try successor.accept()
            _ = try server.head()
            try server.send(Self.ok)
        }
        for client in clients { #expect(try client.text(Self.ok.utf8.count) == Self.ok) }
        #expect(servers.isEmpty && backend == nil)
    }
}
