import CertificateKit
import Foundation
import Stack
import Wire

@testable import Gateway

/// A gateway that speaks TLS, or whose backend does.
struct SecureGateway {
    let gateway: GatewayFixture
    let backend: Peer
    let folder: CertificateFolder
    private let route: GatewayConfiguration.Route

    /// `change` changes the route, of which neither side is encrypted.
    init(
        speaking application: ApplicationProtocol = .tcp, hold: Duration = .seconds(15),
        limits: Forwarder.Limits = Forwarder.Limits(), folder: CertificateFolder? = nil,
        _ change: (inout GatewayConfiguration.Route, CertificateFolder) -> Void
    ) throws {
        // OpenSSL writes to sockets whose other end is gone, as the gateway's process allows it to.
        signal(SIGPIPE, SIG_IGN)
        if let folder {
            self.folder = folder
        } else {
            self.folder = try CertificateFolder()
            try self.folder.issue("web", for: "DNS:web")
        }
        gateway = try GatewayFixture(limits: limits)
        backend = try Peer.listening()
        var route = GatewayConfiguration.Route(
            service: "web", target: 80, listeners: [GatewayFixture.key],
            state: .open([.init(address: "127.0.0.1", port: backend.port)]), hold: hold, application: application)
        change(&route, self.folder)
        self.route = route
        apply()
    }

    /// Has the gateway take over the configuration, again or for the first time.
    func apply() {
        let configuration = GatewayConfiguration(routes: [route])
        gateway.with { $0.apply(configuration) }
    }

    /// One that speaks TLS to its clients.
    static func terminating(
        speaking application: ApplicationProtocol = .tcp, limits: Forwarder.Limits = Forwarder.Limits(),
        folder: CertificateFolder? = nil,
        _ change: (inout GatewayConfiguration.Route, CertificateFolder) -> Void = { _, _ in }
    ) throws -> SecureGateway {
        try SecureGateway(speaking: application, limits: limits, folder: folder) { route, folder in
            route.encrypted = [GatewayFixture.key]
            route.traffic.tls = TLSTerminationPolicy(certificates: [SecurePeer.files("web", folder)])
            change(&route, folder)
        }
    }

    /// One whose backend speaks TLS.
    static func originating(
        speaking application: ApplicationProtocol = .tcp, hold: Duration = .seconds(15),
        limits: Forwarder.Limits = Forwarder.Limits(),
        _ change: (inout GatewayConfiguration.Route, CertificateFolder) -> Void = { _, _ in }
    ) throws -> SecureGateway {
        try SecureGateway(speaking: application, hold: hold, limits: limits) { route, folder in
            var policy = TLSOriginationPolicy(serverName: "web")
            policy.authority = folder.file("ca.pem")
            route.traffic.upstreamTLS = policy
            change(&route, folder)
        }
    }

    func client(expecting name: String = "web", certificate: String? = nil) throws -> SecurePeer {
        try SecurePeer.client(gateway.client(), folder, expecting: name, certificate: certificate)
    }

    func server(showing name: String = "web", demanding authority: String? = nil) throws -> SecurePeer {
        try SecurePeer.server(backend.accept(), folder, showing: name, demanding: authority)
    }

    /// How many handshakes with clients have failed for that reason.
    func clientFailures(_ failure: TLSHandshakeFailure, _ counters: GatewayCounters.Route) -> UInt64 {
        Self.count(failure, in: counters.tls?.clients.failures)
    }

    static func count(_ failure: TLSHandshakeFailure, in counts: [UInt64]?) -> UInt64 {
        zip(TLSHandshakeFailure.allCases, counts ?? []).first { $0.0 == failure }?.1 ?? 0
    }

    /// Bytes of which each part of 64 KiB is another one.
    static let tenMebibytes: [UInt8] = {
        let part = (0..<65_535).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) }
        return (0..<160).flatMap { [UInt8($0)] + part }
    }()

    /// Waits until nothing is left of any connection.
    func awaitNothingLeft() {
        while gateway.with({ $0.table.count + $0.bridges.count + $0.buffers.taken }) != 0 { sched_yield() }
    }
}
