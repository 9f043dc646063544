import Foundation
import Platform
import Stack
import Testing
import Wire

@testable import Gateway

/// The whole gateway on the reactor of the test, which plays keeper and healer.
@Suite struct RoleTests {
    private final class Stage {
        let reactor: Reactor
        let locations: Locations
        var keeperSide: FramedListener?
        let front: Peer
        var gateway: GatewayAssembly?
        var keeper: FramedConnection?
        var healer: FramedConnection?
        var counters: [GatewayCounters] = []
        var greetings: [KeeperRequest] = []
        var handedOver: [Peer] = []

        init() throws {
            let folder = "/tmp/hale-gateway-\(UUID().uuidString.prefix(8))"
            try FileManager.default.createDirectory(atPath: folder + "/p", withIntermediateDirectories: true)
            locations = Locations(project: "p", environment: ["HALE_RUNTIME": folder, "HALE_STATE": folder])
            reactor = try Reactor()
            front = try Peer.listening()
            try openKeeper()
        }

        /// One whose gateway holds the one route, and has said so.
        static func held() throws -> Stage {
            let stage = try Stage()
            try stage.startGateway()
            try stage.handOver()
            try stage.connectHealer()
            try stage.route(.held)
            try stage.turn { !stage.counters.isEmpty }
            stage.counters = []
            return stage
        }

        func openKeeper() throws {
            keeperSide = try FramedListener(path: locations.keeperSocket, reactor: reactor) { [unowned self] in
                let connection = $0
                keeper = connection
                greetings = []
                connection.onFrame = { [unowned self] frame, descriptor in
                    if let request = KeeperRequest(decoding: frame) { greetings.append(request) }
                    if let descriptor { handedOver.append(Peer(descriptor: descriptor)) }
                }
            }
        }

        func loseKeeper() {
            keeperSide?.close()
            keeper?.close()
            keeper = nil
        }

        deinit {
            keeperSide?.close()
            try? FileManager.default.removeItem(atPath: (locations.runtime as NSString).deletingLastPathComponent)
        }

        func startGateway() throws {
            let gateway = try GatewayAssembly(
                locations: locations, reactor: reactor, limits: Forwarder.Limits(), loops: 2)
            gateway.start()
            self.gateway = gateway
        }

        /// What each loop says.
        func ask<Answer: Sendable>(_ question: @escaping @Sendable (Forwarder) -> Answer) throws -> [Answer] {
            var answers: [Answer]?
            gateway?.loops.gather(question) { answers = $0 }
            try turn { answers != nil }
            return answers ?? []
        }

        /// Connections of all loops.
        func connectionCount() throws -> Int { try ask { $0.table.count }.reduce(0, +) }

        /// Gives the gateway its listening socket, as the keeper does when a gateway has said hello.
        func handOver() throws {
            try turn { !greetings.isEmpty }
            #expect(greetings == [.hello(.gateway)])
            let event = KeeperEvent.listening(key: "front", port: front.port)
            keeper?.send(event.encoded(), descriptor: front.descriptor)
            try turn { try ask { $0.listeners.count }.contains(1) }
        }

        func connectHealer() throws {
            healer = try FramedConnection.connect(to: locations.gatewaySocket, reactor: reactor)
            healer?.onFrame = { [unowned self] frame, _ in
                if case .counters(let value) = GatewayReport(decoding: frame) { counters.append(value) }
            }
        }

        func route(_ state: GatewayConfiguration.State) throws {
            let route = GatewayConfiguration.Route(
                service: "web", target: 80, listeners: ["front"], state: state, hold: .seconds(15))
            let configuration = GatewayConfiguration(routes: [route])
            healer?.send(GatewayInstruction.configuration(configuration).encoded())
            try turn {
                GatewayConfiguration(decoding: (try? readWholeFile(locations.gatewayConfiguration)) ?? [])
                    == configuration
            }
        }

        func open(to backend: Peer) throws {
            try route(.open([GatewayConfiguration.Backend(address: "127.0.0.1", port: backend.port)]))
        }

        /// The connections to each port that the gateway said last.
        var connections: [UInt16: UInt64] {
            let backends = counters.last?.backends ?? []
            return Dictionary(backends.map { ($0.port, $0.connections) }) { first, _ in first }
        }

        /// Runs the reactor until that is so.
        func turn(until condition: () throws -> Bool) throws {
            let deadline = Date().addingTimeInterval(20)
            while try !condition() {
                try #require(Date() < deadline, "it never was so")
                reactor.turn(limit: .milliseconds(20))
            }
        }

        /// Sends a text through the gateway to a backend.
        func pass(_ text: String, from client: Peer, to backend: Peer) throws {
            try client.send(text)
            try turn { backend.hasInput }
            let server = try backend.accept()
            try turn { server.hasInput }
            #expect(try server.text(text.utf8.count) == text)
        }
    }

    @Test func forwardsWithTheKeepersSocketsAndTheHealersConfiguration() throws {
        let stage = try Stage()
        let backend = try Peer.listening()
        try stage.startGateway()
        try stage.handOver()
        try stage.connectHealer()
        try stage.open(to: backend)
        let client = try Peer.connected(to: stage.front.port)
        try stage.pass("hello", from: client, to: backend)
        try stage.turn { stage.counters.last?.routes.first?.bytesIn == 5 }
    }

    @Test func goesOnWithoutTheHealerAndTakesANewOne() throws {
        let stage = try Stage()
        let backend = try Peer.listening()
        try stage.startGateway()
        try stage.handOver()
        try stage.connectHealer()
        try stage.open(to: backend)
        stage.healer?.close()
        stage.healer = nil
        try stage.pass("alone", from: try Peer.connected(to: stage.front.port), to: backend)
        stage.counters = []
        try stage.connectHealer()
        try stage.turn { stage.counters.last?.routes.first?.accepted == 1 }
        try stage.route(.refused)
        let refused = try Peer.connected(to: stage.front.port)
        try stage.turn { refused.hasInput }
        #expect(refused.ending() == Peer.wasReset)
    }

    @Test func goesOnWithoutTheKeeper() throws {
        let stage = try Stage()
        let backend = try Peer.listening()
        try stage.startGateway()
        try stage.handOver()
        try stage.connectHealer()
        try stage.open(to: backend)
        stage.loseKeeper()
        try stage.pass("alone", from: try Peer.connected(to: stage.front.port), to: backend)
    }

    @Test func givesItsSocketsToANewKeeperAndEndsWithItsLastConnection() throws {
        let stage = try Stage()
        let backend = try Peer.listening()
        try stage.startGateway()
        try stage.handOver()
        try stage.connectHealer()
        try stage.open(to: backend)
        let client = try Peer.connected(to: stage.front.port)
        try stage.turn { backend.hasInput }
        var server: Peer? = try backend.accept()
        stage.loseKeeper()
        try stage.openKeeper()
        try stage.turn { stage.greetings.count == 2 }
        let request = ListenRequest(key: "front", address: "127.0.0.1", port: stage.front.port, owner: .gateway)
        #expect(stage.greetings == [.hello(.keeper), .listen(request)])
        #expect(stage.handedOver.count == 1)
        // The established connection goes on, and a new client waits for the next gateway.
        try client.send("still")
        try stage.turn { server?.hasInput == true }
        #expect(try server?.text(5) == "still")
        let late = try Peer.connected(to: stage.front.port)
        server = nil
        try stage.turn { try stage.connectionCount() == 1 }
        client.endOutput()
        try stage.turn { try stage.connectionCount() == 0 }
        #expect(!late.hasInput)
        try stage.handedOver[0].accept().send("hello")
        #expect(try late.text(5) == "hello")
    }

    @Test func aBackendThatNoRouteNamesIsToldOfUntilItsLastConnectionHasEnded() throws {
        let stage = try Stage()
        let (old, new) = (try Peer.listening(), try Peer.listening())
        try stage.startGateway()
        try stage.handOver()
        try stage.connectHealer()
        try stage.open(to: old)
        var client: Peer? = try Peer.connected(to: stage.front.port)
        try stage.turn { old.hasInput }
        var server: Peer? = try old.accept()
        try stage.turn { stage.connections == [old.port: 1] }
        try stage.open(to: new)
        try stage.turn { stage.connections == [old.port: 1, new.port: 0] }
        #expect(client != nil && server != nil)
        (client, server) = (nil, nil)
        try stage.turn { stage.connections == [new.port: 0] }
    }

    @Test func everyConfigurationIsAnswered() throws {
        let stage = try Stage.held()
        try stage.route(.held)
        try stage.turn { stage.counters.last?.routes.first?.service == "web" }
    }

    /// A stack that starts changes its routes one by one, and an answer tells of all of them.
    @Test func changesInQuickSuccessionAreAnsweredTogether() throws {
        let stage = try Stage.held()
        let changes = 1_000
        for change in 0..<changes {
            let route = GatewayConfiguration.Route(
                service: "web\(change)", target: 80, listeners: [], state: .held, hold: .seconds(15))
            let configuration = GatewayConfiguration(routes: [route], isComplete: false)
            stage.healer?.send(GatewayInstruction.configuration(configuration).encoded())
        }
        try stage.turn { stage.counters.last?.routes.count == changes + 1 }
        #expect(stage.counters.count < changes / 2)
    }

    @Test func aSupersededGatewayReleasesThoseItHoldsByTheFileOfItsSuccessor() throws {
        let stage = try Stage()
        let backend = try Peer.listening()
        try stage.startGateway()
        try stage.handOver()
        try stage.connectHealer()
        try stage.route(.held)
        let client = try Peer.connected(to: stage.front.port)
        try stage.turn { try stage.ask { $0.hasWaiting }.contains(true) }
        stage.loseKeeper()
        try stage.openKeeper()
        try stage.turn { stage.greetings.count == 2 }
        let route = GatewayConfiguration.Route(
            service: "web", target: 80, listeners: ["front"],
            state: .open([GatewayConfiguration.Backend(address: "127.0.0.1", port: backend.port)]), hold: .seconds(15))
        ConfigurationFile(path: stage.locations.gatewayConfiguration)
            .save(GatewayConfiguration(routes: [route]).encoded())
        try stage.pass("released", from: client, to: backend)
    }

    @Test func aChangeOfSomeRoutesLeavesTheOthersAndIsKeptWithThem() throws {
        let stage = try Stage()
        let backend = try Peer.listening()
        try stage.startGateway()
        try stage.handOver()
        try stage.connectHealer()
        try stage.open(to: backend)
        let kept = try Peer.connected(to: stage.front.port)
        try stage.pass("before", from: kept, to: backend)
        let first = ConfigurationFile(path: stage.locations.gatewayConfiguration).load()?.routes ?? []
        for state in [GatewayConfiguration.State.held, .refused] {
            let other = GatewayConfiguration.Route(
                service: "db", target: 5_432, listeners: ["back"], state: state, hold: .zero)
            stage.healer?.send(
                GatewayInstruction.configuration(GatewayConfiguration(routes: [other], isComplete: false)).encoded())
            try stage.turn {
                Set(ConfigurationFile(path: stage.locations.gatewayConfiguration).load()?.routes ?? [])
                    == Set(first + [other])
            }
        }
        try stage.pass("after", from: try Peer.connected(to: stage.front.port), to: backend)
        try stage.turn { stage.counters.last?.routes.contains { $0.service == "web" && $0.accepted == 2 } == true }
    }

    @Test func aNewGatewayStartsFromTheLastConfiguration() throws {
        let stage = try Stage()
        let backend = try Peer.listening()
        let route = GatewayConfiguration.Route(
            service: "web", target: 80, listeners: ["front"],
            state: .open([GatewayConfiguration.Backend(address: "127.0.0.1", port: backend.port)]), hold: .seconds(1))
        ConfigurationFile(path: stage.locations.gatewayConfiguration)
            .save(GatewayConfiguration(routes: [route]).encoded())
        // Whoever comes between two gateways waits in the backlog of the keeper's socket.
        let early = try Peer.connected(to: stage.front.port)
        try stage.startGateway()
        try stage.handOver()
        try stage.pass("early", from: early, to: backend)
    }

    @Test func aFileThatIsNoConfigurationIsIgnored() throws {
        let stage = try Stage()
        let file = ConfigurationFile(path: stage.locations.gatewayConfiguration)
        #expect(file.load() == nil)
        file.save([1, 2, 3])
        #expect(file.load() == nil)
        try stage.startGateway()
        try stage.handOver()
    }

    /// A service that another one may fall back to comes to its loop: what is open goes on where it is.
    @Test func aServiceThatMovesToAnotherLoopKeepsItsConnectionsAndItsCounts() throws {
        let stage = try Stage()
        let (backend, back) = (try Peer.listening(), try Peer.listening())
        var api = GatewayConfiguration.Route(
            service: "api", target: 80, listeners: ["back"], state: .held, hold: .seconds(15), application: .http)
        let web = GatewayConfiguration.Route(
            service: "web", target: 80, listeners: ["front"],
            state: .open([GatewayConfiguration.Backend(address: "127.0.0.1", port: backend.port)]), hold: .seconds(15))
        try stage.startGateway()
        try stage.handOver()
        stage.keeper?.send(
            KeeperEvent.listening(key: "back", port: back.port).encoded(), descriptor: back.descriptor)
        try stage.connectHealer()
        stage.healer?.send(GatewayInstruction.configuration(GatewayConfiguration(routes: [api, web])).encoded())
        try stage.turn { try stage.ask { $0.listeners.map(\.key) } == [["back"], ["front"]] }
        let early = try Peer.connected(to: stage.front.port)
        try stage.turn { backend.hasInput }
        let server = try backend.accept()
        api.traffic.fallback = [.service("web", port: 80)]
        stage.healer?.send(
            GatewayInstruction.configuration(GatewayConfiguration(routes: [api], isComplete: false)).encoded())
        try stage.turn { try stage.ask { $0.listeners.count } == [2, 0] }
        try early.send("early")
        try stage.turn { server.hasInput }
        #expect(try server.text(5) == "early")
        let late = try Peer.connected(to: stage.front.port)
        try stage.pass("later", from: late, to: backend)
        #expect(try stage.ask { $0.table.count } == [1, 1])
        try stage.turn {
            stage.counters.last?.routes.contains { $0.service == "web" && $0.accepted == 2 && $0.bytesIn == 10 } == true
        }
    }

    @Test func aLoopThatHangsIsAGatewayWithoutASignOfLife() throws {
        let stage = try Stage()
        try stage.startGateway()
        try stage.handOver()
        let goesOn = DispatchSemaphore(value: 0)
        stage.gateway?.loops.gather({ _ in goesOn.wait() }) { _ in }
        stage.keeper?.send(KeeperEvent.heartbeat.encoded())
        for _ in 0..<20 { stage.reactor.turn(limit: .milliseconds(10)) }
        #expect(!stage.greetings.contains(.heartbeat))
        goesOn.signal()
        goesOn.signal()
        try stage.turn { stage.greetings.contains(.heartbeat) }
    }

    @Test func descriptorsAreSharedOutByTwos() {
        #expect(ConnectionLimit.connections(descriptors: 24_352) == 10_000)
        #expect(ConnectionLimit.connections(descriptors: 1_024) == 256)
        #expect(ConnectionLimit.connections(descriptors: 0) == 64)
        #expect(ConnectionLimit.connections(descriptors: .max) == 262_144)
    }
}
