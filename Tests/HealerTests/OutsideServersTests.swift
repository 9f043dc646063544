import Platform
import Stack
import Testing
import Wire

@testable import Healer

@Suite struct OutsideServersTests {
    private static func stack(_ urls: FallbackURL...) -> Stack {
        let services = urls.enumerated().map { number, url in
            var service = Service(name: "web\(number)", launch: LaunchSpecification(command: ["web"]))
            service.traffic.fallback = [.url(url), .answer(StaticAnswer())]
            return service
        }
        return Stack(name: "shop", directory: "/", services: services)
    }

    @Test func eachServerIsThereOnce() {
        let stack = Self.stack(
            FallbackURL(host: "10.0.0.5", port: 81, prefix: "/a"), FallbackURL(host: "10.0.0.5", port: 81),
            FallbackURL(host: "mirror", port: 80))
        #expect(
            OutsideServers.servers(of: stack)
                == [FallbackURL(host: "10.0.0.5", port: 81), FallbackURL(host: "mirror", port: 80)])
    }

    @Test func aNumericAddressNeedsNobodyToLookItUp() throws {
        let outside = OutsideServers(reactor: try Reactor()) {}
        outside.configure(Self.stack(FallbackURL(host: "10.0.0.5", port: 81), FallbackURL(host: "::1", port: 80)))
        #expect(outside.routes.map(\.service) == ["http://10.0.0.5:81", "http://[::1]"])
        #expect(outside.routes.map(\.application) == [.http, .http])
        #expect(
            outside.routes.map(\.state) == [
                .open([GatewayConfiguration.Backend(address: "10.0.0.5", port: 81)]),
                .open([GatewayConfiguration.Backend(address: "::1", port: 80)]),
            ])
    }

    @Test func aServerOverHTTPSHasToProveItsName() throws {
        let outside = OutsideServers(reactor: try Reactor()) {}
        outside.configure(
            Self.stack(
                FallbackURL(host: "10.0.0.5", port: 443, isEncrypted: true), FallbackURL(host: "10.0.0.5", port: 443)))
        #expect(outside.routes.map(\.service) == ["http://10.0.0.5:443", "https://10.0.0.5"])
        #expect(outside.routes.map(\.traffic.upstreamTLS) == [nil, TLSOriginationPolicy(serverName: "10.0.0.5")])
        #expect(
            outside.routes.map(\.state) == [
                .open([GatewayConfiguration.Backend(address: "10.0.0.5", port: 443)]),
                .open([GatewayConfiguration.Backend(address: "10.0.0.5", port: 443, serverName: "10.0.0.5")]),
            ])
    }

    @Test func aNameIsRefusedUntilItsAddressesAreKnown() throws {
        let reactor = try Reactor()
        var changes = 0
        let outside = OutsideServers(reactor: reactor) {
            changes += 1
            reactor.stop()
        }
        outside.configure(Self.stack(FallbackURL(host: "localhost", port: 81)))
        #expect(outside.routes.map(\.state) == [.refused])
        reactor.run()
        let known = OutsideServers.addresses(of: "localhost")
        #expect(known.contains("127.0.0.1") || known.contains("::1"))
        #expect(
            outside.routes.map(\.state)
                == [.open(known.map { GatewayConfiguration.Backend(address: $0, port: 81) })])
        #expect(changes == 1)
    }
}
