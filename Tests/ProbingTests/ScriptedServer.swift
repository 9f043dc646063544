import Glibc
import Synchronization

/// A TCP server on a free loopback port that does the same to every connection, on a thread of its own.
final class ScriptedServer: Sendable {
    enum Script: Sendable {
        /// Accept nothing.
        case ignore
        /// Accept and say nothing until the client goes.
        case stayQuiet
        /// Accept and close.
        case hangUp
        /// Say this and wait until the client goes.
        case say([UInt8])
        /// Say this when the client has said something, and close.
        case answer([UInt8])
        /// Say this once the client has said something that holds `cue`, and wait until the client goes.
        case reply([UInt8], cue: String)
        /// Say this again and again until the client goes.
        case flood([UInt8])
    }

    struct Failure: Error {}

    let port: UInt16
    private let listener: Int32
    private let isStopping = Atomic(false)
    private let thread = Mutex<pthread_t?>(nil)
    private let script: Script

    init(_ script: Script) throws {
        self.script = script
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        port = try Self.bindToFreePort(listener)
        if case .ignore = script { return }
        guard listen(listener, 256) == 0 else { throw Failure() }
        var thread = pthread_t()
        pthread_create(&thread, nil, Self.main, Unmanaged.passRetained(self).toOpaque())
        self.thread.withLock { $0 = thread }
    }

    /// Ends the thread and closes the port.
    func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        shutdown(listener, Int32(SHUT_RDWR))
        if let thread = thread.withLock({ $0 }) { pthread_join(thread, nil) }
        close(listener)
    }

    /// A port on 127.0.0.1 that nobody listens on.
    static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        return try bindToFreePort(descriptor)
    }

    private static func bindToFreePort(_ descriptor: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) | getsockname(descriptor, $0, &length)
            }
        }
        guard result == 0 else { throw Failure() }
        return UInt16(bigEndian: address.sin_port)
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        let server = Unmanaged<ScriptedServer>.fromOpaque(argument).takeRetainedValue()
        while !server.isStopping.load(ordering: .sequentiallyConsistent) {
            let connection = accept(server.listener, nil, nil)
            guard connection >= 0 else { continue }
            server.serve(connection)
            close(connection)
        }
        return nil
    }

    private func serve(_ connection: Int32) {
        switch script {
        case .ignore, .hangUp: return
        case .stayQuiet: drain(connection)
        case .say(let bytes):
            _ = say(bytes, connection)
            drain(connection)
        case .answer(let bytes):
            var buffer = [UInt8](repeating: 0, count: 4096)
            guard recv(connection, &buffer, buffer.count, 0) > 0 else { return }
            _ = say(bytes, connection)
        case .reply(let bytes, let cue):
            guard waitFor(cue, connection) else { return }
            _ = say(bytes, connection)
            drain(connection)
        case .flood(let bytes):
            while say(bytes, connection) {}
        }
    }

    private func say(_ bytes: [UInt8], _ connection: Int32) -> Bool {
        send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    private func waitFor(_ cue: String, _ connection: Int32) -> Bool {
        var heard = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !heard.contains(cue) {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            heard += String(decoding: buffer.prefix(count), as: UTF8.self)
        }
        return true
    }

    private func drain(_ connection: Int32) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while recv(connection, &buffer, buffer.count, 0) > 0 {}
    }
}
