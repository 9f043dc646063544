internal import FoundationEssentials
internal import Glibc
internal import Platform
internal import Stack
internal import Wire

/// What another gateway must know of one instance.
struct KeptBreaker: Equatable, Codable {
    private let address: String
    private let port: UInt16
    /// The start of the instance that it was found out of.
    let run: Int
    let known: InstanceGuard.Kept

    init(_ entry: BackendTable.Entry) {
        address = entry.backend.address
        port = entry.backend.port
        run = entry.run
        known = entry.guardian.kept
    }

    /// Where the instance listens.
    var backend: GatewayConfiguration.Backend { GatewayConfiguration.Backend(address: address, port: port, run: run) }
}

/// Keeps the state of the breakers in a file, so that a new gateway goes on where this one was.
///
/// A change is written at once, unless another was just before. Nothing waits for the disk.
final class KeptBreakers {
    private static let interval = Duration.milliseconds(100)

    private let reactor: Reactor
    private let path: String
    private let forwarder: Forwarder
    /// Called when a breaker's state is another one.
    var onChange: (() -> Void)?
    private var notedRevision = 0
    private var savedAt: Instant?
    private var isSavingSoon = false
    private var isStopped = false

    init(reactor: Reactor, path: String, forwarder: Forwarder) {
        self.reactor = reactor
        self.path = path
        self.forwarder = forwarder
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
        guard !isStopped, notedRevision != forwarder.breakerRevision else { return }
        notedRevision = forwarder.breakerRevision
        onChange?()
        saveInTime()
    }

    private func saveInTime() {
        guard !isSavingSoon else { return }
        guard let savedAt, Instant.now() - savedAt < Self.interval else { return save() }
        isSavingSoon = true
        reactor.schedule(at: savedAt + Self.interval) { [weak self] in
            self?.isSavingSoon = false
            self?.save()
        }
    }

    /// Leaves the file to another gateway.
    func stop() {
        isStopped = true
    }

    private func save() {
        guard !isStopped else { return }
        savedAt = Instant.now()
        guard let data = try? JSONEncoder().encode(forwarder.keptBreakers) else { return }
        ConfigurationFile(path: path).save([UInt8](data))
    }
}
