import Control
import Foundation
import Glibc
import Platform
import Stack
import Testing

@testable import Commands

@Suite struct ServiceManagerTests {
    @Test func whoIsNotStartedByOneHasNone() {
        #expect(ServiceManager(environment: [:]) == nil)
        #expect(ServiceManager(environment: ["NOTIFY_SOCKET": "", "WATCHDOG_USEC": "1000000"]) == nil)
    }

    @Test func watchdogIsForOneProcess() throws {
        let watched = ["NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": "2000000"]
        #expect(ServiceManager(environment: watched)?.watchdog == .seconds(2))
        #expect(ServiceManager(environment: watched.merging(["WATCHDOG_PID": "1"]) { $1 }, pid: 7)?.watchdog == nil)
        #expect(
            ServiceManager(environment: watched.merging(["WATCHDOG_PID": "7"]) { $1 }, pid: 7)?.watchdog == .seconds(2))
        for nonsense in ["0", "-1", "soon", "99999999999999999999"] {
            let manager = ServiceManager(environment: watched.merging(["WATCHDOG_USEC": nonsense]) { $1 })
            #expect(try #require(manager).watchdog == nil)
        }
    }

    @Test(arguments: ["0", "-3", "many", "2000000"]) func nonsenseOfSocketsIsNone(count: String) {
        #expect(PassedSocket.all(environment: ["LISTEN_PID": "7", "LISTEN_FDS": count], pid: 7).isEmpty)
    }

    @Test func socketsOfAnotherProcessAreLeftAlone() {
        #expect(PassedSocket.all(environment: ["LISTEN_PID": "8", "LISTEN_FDS": "1"], pid: 7).isEmpty)
    }

    @Test func aSocketIsWantedWhereItsPortIsPublished() throws {
        let ports = [
            PublishedPort(address: "127.0.0.1", published: 8080, target: 80),
            PublishedPort(published: 9090, target: 90), PublishedPort(published: 5353, target: 53, transport: "udp"),
        ]
        let stack = Stack(
            name: "shop", directory: "/",
            services: [Service(name: "web", launch: LaunchSpecification(command: ["web"]), ports: ports)],
            statusAddress: "127.0.0.1:10099")
        func isWanted(_ host: String, _ port: UInt16) throws -> Bool {
            let descriptor = try listenSocket(at: SocketAddress(host: "127.0.0.1", port: 0))
            defer { close(descriptor) }
            var address = try #require(ListeningAddress(of: descriptor))
            address.host = host
            address.port = port
            return PassedSocket(descriptor: -1, name: "web", address: address).isWanted(by: stack)
        }
        #expect(try isWanted("127.0.0.1", 8080))
        #expect(try !isWanted("127.0.0.2", 8080))
        #expect(try isWanted("::", 9090))
        #expect(try isWanted("0.0.0.0", 9090))
        #expect(try !isWanted("127.0.0.1", 9090))
        #expect(try !isWanted("0.0.0.0", 5353))
        #expect(try isWanted("127.0.0.1", 10099))
        #expect(!PassedSocket(descriptor: -1, name: "unix", address: nil).isWanted(by: stack))
    }

    @Test func onlyListeningTcpSocketsHaveAnAddress() throws {
        let descriptor = try listenSocket(at: SocketAddress(host: "127.0.0.1", port: 0))
        defer { close(descriptor) }
        #expect(ListeningAddress(of: descriptor)?.host == "127.0.0.1")
        #expect(ListeningAddress(of: descriptor)?.port == localPort(descriptor))
        let datagram = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(datagram) }
        #expect(ListeningAddress(of: datagram) == nil)
        #expect(ListeningAddress(of: -1) == nil)
    }

    @Test func hisVariablesAreHisAlone() {
        let environment = ["NOTIFY_SOCKET": "/run/notify", "LISTEN_FDS": "1", "PATH": "/bin"]
        #expect(HaleEnvironment.absolute(environment, currentDirectory: "/") == ["PATH": "/bin"])
    }

    @Test func statusIsOneLine() {
        #expect(ServiceManager.status("a\nb") == "STATUS=a b")
    }
}
