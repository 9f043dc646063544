internal import Control
internal import KeeperLink
internal import Platform
internal import Wire

/// Has the keeper listen for the status API, so that a caller waits, and is not refused, while the healer is replaced.
final class ControlSockets {
    private static let unix = "status API (unix)"
    private static let tcp = "status API (TCP)"

    /// Whether a socket of that key is for the status API.
    static func isKey(_ key: String) -> Bool { key == unix || key.hasPrefix(tcp) }

    private let keeper: KeeperClient
    private let server: ControlServer
    private let locations: Locations
    private var requested: String?
    /// The network namespaces that it is served in besides, by the keys of their sockets.
    private var networks: [String: String] = [:]
    /// Where the status API really listens over TCP.
    private(set) var address: String?
    /// What went wrong, by the keys of the sockets.
    private var problems: [String: String] = [:]
    /// What went wrong with one of them.
    var problem: String? { problems.min { $0.key < $1.key }?.value }

    init(keeper: KeeperClient, server: ControlServer, locations: Locations) {
        self.keeper = keeper
        self.server = server
        self.locations = locations
    }

    func openUnix() {
        keeper.send(.listen(ListenRequest(key: Self.unix, address: locations.apiSocket, port: 0, owner: .healer)))
    }

    /// Listens at `address` (`127.0.0.1:10099`, `[::1]:10099`), or nowhere: on the host and, where the address is a loopback
    /// one, at the same in each of `networks`, as services find their flags there.
    func openTCP(_ address: String?, networks: Set<String> = []) {
        openTCP(onHost: address)
        let split = requested.flatMap(Self.split)
        let isServed = split.map { $0.host == "::1" || $0.host == "0.0.0.0" || $0.host.hasPrefix("127.") } ?? false
        let wanted = isServed ? Dictionary(uniqueKeysWithValues: networks.map { ("\(Self.tcp) in \($0)", $0) }) : [:]
        for key in self.networks.keys.sorted() where wanted[key] == nil { stop(key) }
        self.networks = wanted
        guard let split, split.port > 0 else { return }
        for (key, network) in wanted.sorted(by: { $0.key < $1.key }) {
            let request = ListenRequest(
                key: key, address: split.host, port: split.port, owner: .healer, network: network)
            keeper.send(.listen(request))
        }
    }

    private func openTCP(onHost address: String?) {
        guard address != requested else { return }
        if requested != nil { stop(Self.tcp) }
        requested = address
        self.address = nil
        guard let address else { return }
        guard let (host, port) = Self.split(address) else {
            problems[Self.tcp] =
                "'\(address)' is no address for the status API; expected something like 127.0.0.1:10099"
            return
        }
        keeper.send(.listen(ListenRequest(key: Self.tcp, address: host, port: port, owner: .healer)))
    }

    private func stop(_ key: String) {
        keeper.send(.closeListener(key: key))
        server.stopTCP(named: key)
        problems[key] = nil
    }

    /// Takes a socket or the news of it; false where it is not one of these.
    func opened(_ key: String, port: UInt16, descriptor: Int32?) -> Bool {
        guard Self.isKey(key) else { return false }
        if key == Self.tcp {
            let host = requested.flatMap { Self.split($0)?.host } ?? "127.0.0.1"
            address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
        problems[key] = nil
        if let descriptor {
            let failure = key == Self.unix ? server.serve(unix: descriptor) : server.serve(tcp: descriptor, named: key)
            problems[key] = failure?.description
        }
        return true
    }

    func failed(_ key: String, reason: String) -> Bool {
        guard Self.isKey(key) else { return false }
        let place = networks[key].map { " in \($0)" } ?? ""
        problems[key] = "the status API cannot listen on \(requested ?? locations.apiSocket)\(place): \(reason)"
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
