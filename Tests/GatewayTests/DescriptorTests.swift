import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

/// Each runs in a process of its own: they count its descriptors, or take them away.
@Suite struct DescriptorTests {
    private static func openDescriptors() -> Int {
        (0..<4_096).count { fcntl(Int32($0), F_GETFD) >= 0 }
    }

    @Test func noDescriptorIsLeftOpen() async {
        await #expect(processExitsWith: .success) {
            let gateway = try GatewayFixture()
            let backend = try Peer.listening()
            let refusing = try Peer.bound()
            gateway.open(to: backend.port)
            // The first rounds open what stays open, and the test's own process has yet to close some.
            var before = Int.max
            for round in 0..<24 {
                if round == 4 {
                    gateway.await { $0.active == 0 && $0.held == 0 }
                    before = DescriptorTests.openDescriptors()
                }
                gateway.open(to: backend.port, refusing.port)
                let client = try gateway.client()
                try client.send("x")
                _ = try backend.accept().text(1)
                gateway.set(.held, hold: round % 2 == 0 ? .milliseconds(1) : .seconds(9))
                var waiting: Peer? = try gateway.client()
                if round % 2 == 0 { _ = waiting?.ending() } else { gateway.await { $0.held == 1 } }
                waiting = nil
                gateway.await { $0.held == 0 }
                gateway.open(to: refusing.port, hold: .milliseconds(5))
                _ = try gateway.client().ending()
                gateway.set(.refused)
                _ = try gateway.client().ending()
            }
            gateway.await { $0.active == 0 && $0.held == 0 }
            // What is closed on another thread may take a moment; what is left open stays so.
            let deadline = Date().addingTimeInterval(20)
            while Date() < deadline {
                if gateway.with({ $0.table.count }) == 0, DescriptorTests.openDescriptors() <= before {
                    exit(EXIT_SUCCESS)
                }
            }
            exit(EXIT_FAILURE)
        }
    }

    @Test func withoutDescriptorsItWaitsForSomeAndCarriesOn() async {
        await #expect(processExitsWith: .success) {
            let gateway = try GatewayFixture()
            let backend = try Peer.listening()
            gateway.open(to: backend.port)
            var hoard: [Int32] = []
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = 64
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let client = try gateway.client()
            let server = try backend.accept()
            gateway.await { $0.active == 1 }
            let late = Peer(descriptor: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
            let later = Peer(descriptor: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
            while true {
                let descriptor = dup(0)
                if descriptor < 0 { break }
                hoard.append(descriptor)
            }
            try late.connect(to: gateway.port)
            // It learns that there is no room, while the established connection goes on.
            guard late.ending() == Peer.wasReset else { exit(2) }
            try client.send("still here")
            guard try server.text(10) == "still here" else { exit(3) }
            try later.connect(to: gateway.port)
            try later.send("later")
            for descriptor in hoard { close(descriptor) }
            guard try backend.accept().text(5) == "later" else { exit(4) }
            exit(EXIT_SUCCESS)
        }
    }

    @Test func noDescriptorOfTLSIsLeftOpen() async {
        await #expect(processExitsWith: .success) {
            let secure = try SecureGateway.originating { route, folder in
                route.encrypted = route.listeners
                route.traffic.tls = TLSTerminationPolicy(certificates: [SecurePeer.files("web", folder)])
            }
            let before = DescriptorTests.openDescriptors()
            for round in 0..<10 {
                // Served, then left by either side; not on speaking terms; gone in the middle of it.
                var client: SecurePeer? = try secure.client()
                try client?.send("x")
                var server: SecurePeer? = try secure.server()
                guard try server?.text(1) == "x" else { exit(2) }
                if round % 2 == 0 { client = nil } else { server = nil }
                secure.gateway.await { $0.active == 0 }
                (client, server) = (nil, nil)
                let plain = try secure.gateway.client()
                try plain.send("hello")
                _ = plain.ending()
                let leaving = try secure.gateway.client()
                try leaving.send([0x16, 3, 1])
            }
            secure.awaitNothingLeft()
            let deadline = Date().addingTimeInterval(20)
            while Date() < deadline {
                if DescriptorTests.openDescriptors() <= before { exit(EXIT_SUCCESS) }
            }
            exit(EXIT_FAILURE)
        }
    }
}
