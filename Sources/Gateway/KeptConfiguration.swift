internal import Platform
internal import Stack
internal import Wire

/// Puts together what the healer tells bit by bit, and keeps the whole in the file that a new gateway starts from.
///
/// A change is written at once, unless another was just before: with many routes the file is long, and when a stack
/// starts each of them changes in turn.
final class KeptConfiguration {
    private static let interval = Duration.milliseconds(100)

    private let reactor: Reactor
    private let file: ConfigurationFile
    private var routes: [GatewayConfiguration.Route.Name: GatewayConfiguration.Route] = [:]
    private var savedAt: Instant?
    private var isSavingSoon = false
    private var isStopped = false

    /// Begins with what the file holds.
    init(reactor: Reactor, file: ConfigurationFile) {
        self.reactor = reactor
        self.file = file
        replace(by: file.load()?.routes ?? [])
    }

    /// Every route.
    var whole: GatewayConfiguration {
        GatewayConfiguration(routes: routes.values.sorted { ($0.service, $0.target) < ($1.service, $1.target) })
    }

    /// Takes over a configuration, or what has changed of it.
    func apply(_ configuration: GatewayConfiguration) {
        if configuration.isComplete {
            replace(by: configuration.routes)
        } else {
            for route in configuration.routes { routes[route.name] = route }
        }
        saveInTime()
    }

    /// Leaves the file to another gateway.
    func stop() {
        isStopped = true
    }

    private func replace(by all: [GatewayConfiguration.Route]) {
        routes = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
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

    private func save() {
        guard !isStopped else { return }
        file.save(whole.encoded())
        savedAt = Instant.now()
    }
}
