internal import Glibc
internal import Platform
internal import Wire

/// The listening sockets, open for as long as the keeper lives whatever becomes of those who accept on them.
final class ListenerTable {
    private struct Listener {
        var request: ListenRequest
        var descriptor: Int32
        var port: UInt16
    }

    private var listeners: [String: Listener] = [:]
    private var passed = PassedSockets()

    var keys: [String] { listeners.keys.sorted() }

    /// Opens a socket, or keeps the one that is open under that key for the same address.
    func open(_ request: ListenRequest) throws(SystemError) -> UInt16 {
        if let known = listeners[request.key] {
            if Self.serves(known, request) {
                listeners[request.key]?.request = request
                return known.port
            }
            close(request.key)
        }
        let descriptor = try newDescriptor(request)
        let port = localPort(descriptor)
        listeners[request.key] = Listener(request: request, descriptor: descriptor, port: port)
        return port
    }

    /// In a network namespace the kernel is asked: who hands a socket over does not know where it listens, and a namespace
    /// that was removed and made again has the path of the one before.
    private static func serves(_ known: Listener, _ request: ListenRequest) -> Bool {
        guard let network = request.network else { return known.request == request }
        var placed = known.request
        placed.network = network
        return placed == request && NetworkNamespace.identity(ofSocket: known.descriptor) == FileIdentity(network)
    }

    private func newDescriptor(_ request: ListenRequest) throws(SystemError) -> Int32 {
        if request.network == nil, let descriptor = passed.copy(for: request) { return descriptor }
        return try listenSocket(at: SocketAddress(host: request.address, port: request.port), in: request.network)
    }

    /// Takes over a socket that listens already; false where there is one under that key. One that is for the keeper
    /// itself is kept for whoever asks to listen there.
    func inherit(_ request: ListenRequest, descriptor: Int32) -> Bool {
        if request.owner == .keeper {
            passed.add(request, descriptor: descriptor)
            return true
        }
        guard listeners[request.key] == nil else { return false }
        listeners[request.key] = Listener(request: request, descriptor: descriptor, port: localPort(descriptor))
        return true
    }

    /// The owner of the socket under that key, and the socket.
    func socket(_ key: String) -> (owner: Role, descriptor: Int32, port: UInt16)? {
        listeners[key].map { ($0.request.owner, $0.descriptor, $0.port) }
    }

    /// Closes it; the owner it had, or nil where there is none.
    @discardableResult
    func close(_ key: String) -> Role? {
        guard let listener = listeners.removeValue(forKey: key) else { return nil }
        Glibc.close(listener.descriptor)
        if listener.request.address.hasPrefix("/") { unlink(listener.request.address) }
        return listener.request.owner
    }

    func closeAll() {
        for key in keys { close(key) }
        passed.closeAll()
    }

    /// The keys of sockets whose files were removed.
    var missingPaths: [String] {
        keys.filter { key in
            guard let address = listeners[key]?.request.address, address.hasPrefix("/") else { return false }
            return !fileExists(address)
        }
    }

    /// Listens anew at every path that was removed; the keys of those sockets.
    func reopenPaths() throws(SystemError) -> [String] {
        let missing = missingPaths
        for key in missing {
            guard let listener = listeners[key] else { continue }
            let descriptor = try listenSocket(at: .unix(listener.request.address))
            Glibc.close(listener.descriptor)
            listeners[key]?.descriptor = descriptor
        }
        return missing
    }
}
