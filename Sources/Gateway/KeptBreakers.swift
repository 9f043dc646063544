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
    /// Whose instance it is; nil where it is no service's of the stack.
    let service: String?
    /// The start of the instance that it was found out of.
    let run: Int
    let known: InstanceGuard.Kept

    init(_ entry: BackendTable.Entry) {
        address = entry.backend.address
        port = entry.backend.port
        serverName = entry.backend.serverName
        network = entry.backend.network
        service = entry.backend.instance?.service
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
    private let loops: ForwardingLoops
    private var writing: PacedWriting?
    private var isStopped = false

    init(reactor: Reactor, path: String, loops: ForwardingLoops) {
        self.path = path
        self.loops = loops
        writing = PacedWriting(reactor: reactor) { [unowned self] in save() }
    }

    /// Tells the loops what the file holds of the instances of that configuration.
    func load(_ configuration: GatewayConfiguration) {
        guard let bytes = try? readWholeFile(path) else { return }
        guard let breakers = try? JSONDecoder().decode([KeptBreaker].self, from: Data(bytes)) else {
            return Log.write("ignoring \(path), which does not say how breakers are")
        }
        loops.remember(breakers, by: configuration)
    }

    /// A breaker's state is another one.
    func noteChange() {
        writing?.noteChange()
    }

    /// What a person has said is kept before it is called done.
    func noteOrder() {
        writing?.writeNow()
    }

    /// Leaves the file to another gateway.
    func stop() {
        isStopped = true
        writing?.stop()
    }

    private func save() {
        loops.keptBreakers { [weak self] breakers in
            guard let self, !isStopped, let data = try? JSONEncoder().encode(breakers) else { return }
            ConfigurationFile(path: path).save([UInt8](data))
        }
    }
}
