internal import FoundationEssentials
internal import Glibc
internal import Platform
internal import Stack
internal import Wire

/// What another gateway must know of one instance.
struct KeptBreaker: Equatable, Codable {
    private let address: String
    private let port: UInt16
    private let serverName: String?
    private let network: String?
    /// The start of the instance that it was found out of.
    let run: Int
    let known: InstanceGuard.Kept

    init(_ entry: BackendTable.Entry) {
        address = entry.backend.address
        port = entry.backend.port
        serverName = entry.backend.serverName
        network = entry.backend.network
        run = entry.run
        known = entry.guardian.kept
    }

    /// Where the instance listens.
    var backend: GatewayConfiguration.Backend {
        GatewayConfiguration.Backend(
            address: address, port: port, run: run, serverName: serverName, network: network)
    }
}

/// Keeps the state of the breakers in a file, so that a new gateway goes on where this one was.
final class KeptBreakers {
    private let path: String
    private let forwarder: Forwarder
    private var writing: PacedWriting?
    /// Called when a breaker's state is another one.
    var onChange: (() -> Void)?
    private var notedRevision = 0

    init(reactor: Reactor, path: String, forwarder: Forwarder) {
        self.path = path
        self.forwarder = forwarder
        writing = PacedWriting(reactor: reactor) { [unowned self] in save() }
    }

    /// Tells the forwarder what the file holds.
    func load() {
        guard let bytes = try? readWholeFile(path) else { return }
        guard let breakers = try? JSONDecoder().decode([KeptBreaker].self, from: Data(bytes)) else {
            return Log.write("ignoring \(path), which does not say how breakers are")
        }
        forwarder.remember(breakers)
    }

    /// Tells of a change, if there is one, and writes it down.
    func noteChanges() {
        guard notedRevision != forwarder.breakerRevision else { return }
        notedRevision = forwarder.breakerRevision
        onChange?()
        writing?.noteChange()
    }

    /// Leaves the file to another gateway.
    func stop() {
        writing?.stop()
    }

    private func save() {
        guard let data = try? JSONEncoder().encode(forwarder.keptBreakers) else { return }
        ConfigurationFile(path: path).save([UInt8](data))
    }
}
