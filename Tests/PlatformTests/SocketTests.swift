import Glibc
import Platform
import Stack
import TestFolders
import Testing

@Suite struct SocketTests {
    @Test(arguments: ["127.0.0.1", "::1"])
    func aListenerOnPortZeroCanBeReached(host: String) throws {
        let listener = try listenSocket(at: SocketAddress(host: host, port: 0))
        let port = localPort(listener)
        #expect(port > 0)
        let client = try connectSocket(to: SocketAddress(host: host, port: port))
        var ready = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        #expect(poll(&ready, 1, 10_000) == 1)
        let server = try #require(try acceptSocket(listener))
        #expect(try acceptSocket(listener) == nil)
        #expect(connectionError(client) == 0)
        var buffer = [UInt8](repeating: 0, count: 8)
        #expect(buffer.withUnsafeMutableBytes { readBytes(server, into: $0) } == .wouldBlock)
        #expect([UInt8(7), 8].withUnsafeBytes { sendBytes(client, $0) } == .bytes(2))
        close(client)
        var readable = pollfd(fd: server, events: Int16(POLLIN), revents: 0)
        #expect(poll(&readable, 1, 10_000) == 1)
        #expect(buffer.withUnsafeMutableBytes { readBytes(server, into: $0) } == .bytes(2))
        #expect(buffer.withUnsafeMutableBytes { readBytes(server, into: $0) } == .end)
        for descriptor in [listener, server] { close(descriptor) }
    }

    @Test func aTakenPortIsAnErrorThatSaysSo() throws {
        let listener = try listenSocket(at: .ipv4("127.0.0.1", port: 0))
        defer { close(listener) }
        let address = SocketAddress.ipv4("127.0.0.1", port: localPort(listener))
        let error = #expect(throws: SystemError.self) { try listenSocket(at: address) }
        #expect(error?.description == "cannot listen on \(address): address already in use")
    }

    @Test(arguments: ["nonsense", "256.0.0.1", ":::", ""])
    func whatIsNoAddressIsRefused(host: String) {
        #expect(throws: SystemError.self) { try listenSocket(at: SocketAddress(host: host, port: 0)) }
    }

    @Test func aSocketLeftBehindIsReplacedAndALiveOneIsNot() throws {
        let folder = TemporaryFolder()
        let address = SocketAddress.unix(folder["socket"])
        let dead = try listenSocket(at: address)
        close(dead)
        let live = try listenSocket(at: address)
        defer { close(live) }
        #expect(throws: SystemError.self) { try listenSocket(at: address) }
        close(try connectSocket(to: address))
    }

    @Test func aLiveSocketWithAFullBacklogIsNotReplaced() throws {
        let folder = TemporaryFolder()
        let address = SocketAddress.unix(folder["socket"])
        let live = try listenSocket(at: address, backlog: 0)
        var waiting: [Int32] = []
        while let client = try? connectSocket(to: address) { waiting.append(client) }
        #expect(throws: SystemError.self) { try listenSocket(at: address) }
        var status = stat()
        #expect(lstat(folder["socket"], &status) == 0)
        for descriptor in waiting + [live] { close(descriptor) }
    }

    @Test func aFileThatIsNoSocketIsLeftAlone() throws {
        let folder = TemporaryFolder()
        try writeFileAtomically([1], to: folder["file"])
        #expect(throws: SystemError.self) { try listenSocket(at: .unix(folder["file"])) }
        #expect(try readWholeFile(folder["file"]) == [1])
    }

    @Test func interfacesAreNumericAddresses() {
        let addresses = interfaceAddresses()
        #expect(addresses.contains("127.0.0.1"))
        #expect(addresses == addresses.sorted())
    }
}
