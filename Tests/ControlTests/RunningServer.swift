import Glibc
import TestFolders

@testable import Control

/// A real server on a free port and a socket in a folder of its own; ends with the object.
final class RunningServer {
    let backend: FakeBackend
    let server: ControlServer
    let port: UInt16
    let socketPath: String
    let client: ControlClient
    let tokens: TokenFile
    private let folder = TemporaryFolder()

    init(_ backend: FakeBackend = FakeBackend(), limits: HTTPDaemon.Limits = .init()) throws {
        self.backend = backend
        tokens = TokenFile(path: folder["tokens.json"])
        server = ControlServer(backend: backend, tokens: tokens, limits: limits)
        socketPath = folder["api.sock"]
        client = ControlClient(socketPath: socketPath, timeout: .seconds(20))
        let tcp = try TestSockets.listenTCP()
        port = tcp.port
        let unix = try TestSockets.listenUnix(socketPath)
        let failure = server.serve(tcp: tcp.descriptor) ?? server.serve(unix: unix)
        if let failure { throw failure }
    }

    deinit {
        server.stop()
    }

    /// One request over TCP as text, and the whole answer.
    func ask(_ request: String) throws -> String {
        String(decoding: try TestSockets.exchange(port: port, Array(request.utf8)), as: UTF8.self)
    }

    /// One request over TCP with a good `Host`.
    func ask(_ method: String, _ path: String, headers: [String] = [], body: String = "") throws -> String {
        let lines = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close"] + headers
        return try ask(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }
}
