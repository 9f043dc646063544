internal import Control
internal import KeeperLink
internal import Platform
internal import Wire

/// Has the keeper listen for the status API, so that a caller waits, and is not refused, while the healer is replaced.
final class ControlSockets {
    private static let unix = "status API (unix)"
    private static let tcp = "status API (TCP)"
    static let keys: Set<String> = [unix, tcp]

    private let keeper: KeeperClient
    private let server: ControlServer
    private let locations: Locations
    private var requested: String?
    /// Where the status API really listens over TCP.
    private(set) var address: String?
    private(set) var problem: String?

    init(keeper: KeeperClient, server: ControlServer, locations: Locations) {
        self.keeper = keeper
        self.server = server
        self.locations = locations
    }

    func openUnix() {
        keeper.send(.listen(ListenRequest(key: Self.unix, address: locations.apiSocket, port: 0, owner: .healer)))
    }

    /// Listens at `address` (`127.0.0.1:10099`, `[::1]:10099`), or nowhere.
    func openTCP(_ address: String?) {
        guard address != requested else { return }
        if requested != nil {
            keeper.send(.closeListener(key: Self.tcp))
            server.stopTCP()
        }
        requested = address
        self.address = nil
        problem = nil
        guard let address else { return }
        guard let (host, port) = Self.split(address) else {
            problem = "'\(address)' is no address for the status API; expected something like 127.0.0.1:10099"
            return
        }
        keeper.send(.listen(ListenRequest(key: Self.tcp, address: host, port: port, owner: .healer)))
    }

    /// Takes a socket or the news of it; false where it is not one of these.
    func opened(_ key: String, port: UInt16, descriptor: Int32?) -> Bool {
        guard Self.keys.contains(key) else { return false }
        if key == Self.tcp {
            let host = requested.flatMap { Self.split($0)?.host } ?? "127.0.0.1"
            address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            problem = nil
            if let descriptor { problem = server.serve(tcp: descriptor)?.description }
        } else if let descriptor {
            problem = server.serve(unix: descriptor)?.description
        }
        return true
    }

    func failed(_ key: String, reason: String) -> Bool {
        guard Self.keys.contains(key) else { return false }
        problem = "the status API cannot listen on \(requested ?? locations.apiSocket): \(reason)"
        return true
    }

    private static func split(_ address: String) -> (host: String, port: UInt16)? {
        guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]) else {
            return nil
        }
        var host = String(address[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if host == "localhost" { host = "127.0.0.1" }
        return host.isEmpty ? nil : (host, port)
    }
}
