import Foundation
import Stack
import Testing
import Wire

@testable import Gateway

@Suite struct ProxyProtocolTests {
    private static func parse(_ bytes: [UInt8]) -> ProxyHeader.Parse {
        bytes.withUnsafeBytes { ProxyHeader.parse($0) }
    }

    private static func header(_ source: String, _ from: UInt16, _ destination: String, _ to: UInt16) throws
        -> ProxyHeader
    {
        ProxyHeader(
            source: .init(address: try #require(IPAddress(source)), port: from),
            destination: .init(address: try #require(IPAddress(destination)), port: to))
    }

    @Test(arguments: [("192.0.2.7", "198.51.100.9"), ("2001:db8::7", "2001:db8::9")])
    func whatIsWrittenIsReadHoweverItIsCut(source: String, destination: String) throws {
        let header = try Self.header(source, 56_324, destination, 443)
        for version in ProxyProtocolVersion.allCases {
            let bytes = ProxyHeader.bytes(header, version)
            for length in 0..<bytes.count { #expect(Self.parse(Array(bytes[..<length])) == .incomplete) }
            #expect(Self.parse(bytes) == .header(header, length: bytes.count))
            #expect(Self.parse(bytes + Array("GET /".utf8)) == .header(header, length: bytes.count))
        }
    }

    @Test func theTextIsTheSpecifications() throws {
        let header = try Self.header("192.168.0.1", 56_324, "192.168.0.11", 443)
        #expect(
            String(decoding: ProxyHeader.bytes(header, .v1), as: UTF8.self)
                == "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n")
        #expect(
            ProxyHeader.bytes(header, .v2)
                == [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 0x21, 0x11, 0, 12] + [
                    192, 168, 0, 1, 192, 168, 0, 11,
                ]
                + [0xdc, 4, 1, 0xbb])
    }

    @Test(arguments: ProxyProtocolVersion.allCases)
    func aProxyMaySpeakForItself(version: ProxyProtocolVersion) {
        let bytes = ProxyHeader.bytes(nil, version)
        #expect(Self.parse(bytes) == .header(nil, length: bytes.count))
    }

    @Test func whatFollowsTheAddressesIsSkipped() throws {
        let header = try Self.header("192.0.2.7", 1, "192.0.2.8", 2)
        var bytes = ProxyHeader.bytes(header, .v2) + [4, 0, 1, 0]
        bytes[15] += 4
        #expect(Self.parse(bytes) == .header(header, length: 32))
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n", "PROXI", "PROXY TCP4 1.2.3.4 1.2.3.5 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.5 01 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.5 1 65536\r\n", "PROXY TCP4 ::1 ::2 1 2\r\n", "PROXY TCP6 ::1 1.2.3.4 1 2\r\n",
        "PROXY TCP4  1.2.3.4 1.2.3.5 1 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.5 1 2\n", "PROXY\r\n",
        "PROXY UDP4 1 2 3 4\r\n",
        "\r\n\r\n\0\r\nQUIT\r", "PROXY TCP4 " + String(repeating: "1", count: 100),
    ])
    func whatIsNoneIsRefused(text: String) {
        #expect(Self.parse(Array(text.utf8)) == .refused)
    }

    @Test(
        arguments: [
            [0x11, 0x11, 0, 12], [0x22, 0x11, 0, 12], [0x21, 0x11, 0, 11], [0x21, 0x21, 0, 35],
            [0x21, 0x11, 0xff, 0xff],
        ] as [[UInt8]])
    func aBinaryOneThatIsNoneIsRefused(fields: [UInt8]) {
        let bytes = ProxyHeader.bytes(nil, .v2).prefix(12) + fields + Array(repeating: 0, count: 40)
        #expect(Self.parse(Array(bytes)) == .refused)
    }

    @Test func rubbishIsNoneAndDoesNoHarm() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let start =
                Bool.random() ? Array("PROXY TCP4 1.2.3.4 ".utf8) : Array(ProxyHeader.bytes(nil, .v2).prefix(13))
            let bytes = start + (0..<Int.random(in: 0..<64)).map { _ in UInt8.random(in: 0...255, using: &random) }
            if case .header(_, let length) = Self.parse(bytes) { #expect(length <= bytes.count) }
        }
    }

    // On the way

    /// A gateway whose clients are introduced or which introduces them, before a backend.
    private static func start(
        speaking application: ApplicationProtocol, _ change: (inout TrafficPolicy) -> Void
    ) throws -> (GatewayFixture, Peer) {
        let gateway = try GatewayFixture()
        let backend = try Peer.listening()
        var traffic = TrafficPolicy()
        change(&traffic)
        var route = GatewayConfiguration.Route(
            service: "web", target: 80, listeners: [GatewayFixture.key],
            state: .open([.init(address: "127.0.0.1", port: backend.port)]), hold: .seconds(15),
            application: application, traffic: traffic)
        route.introduced = traffic.proxyProtocol.accepts ? [GatewayFixture.key] : []
        let configuration = GatewayConfiguration(routes: [route])
        gateway.with { $0.apply(configuration) }
        return (gateway, backend)
    }

    @Test func aHeaderInPiecesIsTakenOffAndTheRestForwarded() throws {
        let (gateway, backend) = try Self.start(speaking: .tcp) { $0.proxyProtocol.accepts = true }
        defer { gateway.stop() }
        let client = try gateway.client()
        for piece in ["PROXY TCP4 192.0.2.7 ", "192.0.2.8 1234", " 80\r\nhel"] {
            try client.send(piece)
            gateway.await { $0.accepted == 1 }
        }
        let server = try backend.accept()
        #expect(try server.text(3) == "hel")
        try client.send("lo")
        #expect(try server.text(2) == "lo")
        try server.send("ok")
        #expect(try client.text(2) == "ok")
    }

    @Test func whoBeginsOtherwiseIsReset() throws {
        let (gateway, _) = try Self.start(speaking: .tcp) { $0.proxyProtocol.accepts = true }
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send("GET / HTTP/1.1\r\n\r\n")
        #expect(client.ending() == Peer.wasReset)
        gateway.await { $0.refused == 1 }
    }

    @Test func whoLeavesOrTakesTooLongIsForgotten() throws {
        let (gateway, _) = try Self.start(speaking: .http) {
            $0.proxyProtocol.accepts = true
            $0.timeouts.head = .milliseconds(50)
        }
        defer { gateway.stop() }
        var leaving: Peer? = try gateway.client()
        try leaving?.send("PRO")
        gateway.await { $0.accepted == 1 }
        leaving = nil
        let silent = try gateway.client()
        #expect(silent.ending() == .ended)
        while gateway.with({ $0.table.count }) != 0 { sched_yield() }
    }

    @Test func theClientThatIsNamedIsTheClient() throws {
        let (gateway, backend) = try Self.start(speaking: .http) {
            $0.proxyProtocol.accepts = true
            $0.load.perClient = 1
        }
        defer { gateway.stop() }
        let first = try gateway.client()
        let request = "GET / HTTP/1.1\r\nHost: web\r\n\r\n"
        try first.send("PROXY TCP4 192.0.2.7 192.0.2.8 1 80\r\n" + request)
        let server = try backend.accept()
        #expect(try server.head().contains("X-Forwarded-For: 192.0.2.7\r\n"))
        let other = try gateway.client()
        try other.send("PROXY TCP4 192.0.2.9 192.0.2.8 1 80\r\n" + request)
        #expect(try backend.accept().head().contains("X-Forwarded-For: 192.0.2.9\r\n"))
        let again = try gateway.client()
        try again.send("PROXY TCP4 192.0.2.7 192.0.2.8 2 80\r\n" + request)
        #expect(try again.head().hasPrefix("HTTP/1.1 429 "))
    }

    @Test func anInstanceIsToldWhoseConnectionItGets() throws {
        let (gateway, backend) = try Self.start(speaking: .tcp) { $0.proxyProtocol.sends = .v1 }
        defer { gateway.stop() }
        let client = try gateway.client()
        try client.send("hello")
        let server = try backend.accept()
        let line = try server.receive(through: "\r\n")
        #expect(line.hasPrefix("PROXY TCP4 127.0.0.1 127.0.0.1 ") && line.hasSuffix(" \(gateway.port)\r\n"))
        #expect(try server.text(5) == "hello")
    }

    @Test func requestsOfTwoClientsShareNoConnection() throws {
        let (gateway, backend) = try Self.start(speaking: .http) {
            $0.proxyProtocol.accepts = true
            $0.proxyProtocol.sends = .v1
        }
        defer { gateway.stop() }
        for number in 1...3 {
            let client = try gateway.client()
            try client.send("PROXY TCP4 192.0.2.\(number) 192.0.2.8 1 80\r\n")
            var server: Peer?
            for _ in 0..<2 {
                try client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n")
                if server == nil {
                    let own = try backend.accept()
                    #expect(try own.receive(through: "\r\n") == "PROXY TCP4 192.0.2.\(number) 192.0.2.8 1 80\r\n")
                    server = own
                }
                #expect(try server?.head().hasPrefix("GET / ") == true)
                try server?.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                #expect(try client.head().hasPrefix("HTTP/1.1 200 "))
                #expect(try client.text(2) == "ok")
            }
        }
    }
}
