internal import Platform
internal import Stack
internal import Wire

/// Puts together what the healer tells bit by bit, and keeps the whole in the file that a new gateway starts from.
///
/// Changes are written together where they come fast: with many routes the file is long, and when a stack starts each of
/// them changes in turn.
final class KeptConfiguration {
    private let file: ConfigurationFile
    private var writing: PacedWriting?
    private var routes: [GatewayConfiguration.Route.Name: GatewayConfiguration.Route] = [:]

    /// Begins with what the file holds.
    init(reactor: Reactor, file: ConfigurationFile) {
        self.file = file
        replace(by: file.load()?.routes ?? [])
        writing = PacedWriting(reactor: reactor) { [unowned self] in self.file.save(self.whole.encoded()) }
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
        writing?.noteChange()
    }

    /// Leaves the file to another gateway.
    func stop() {
        writing?.stop()
    }

    private func replace(by all: [GatewayConfiguration.Route]) {
        routes = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last })
    }
}
