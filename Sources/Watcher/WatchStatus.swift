internal import Healing
internal import Stack

/// What `GET /status` of `hale watch` answers.
struct WatchStatus: Encodable, Sendable {
    struct Engine: Encodable {
        var address: String
        var reachable: Bool
        var version: String?
        /// Why it is not reached.
        var problem: String?
    }

    struct Container: Encodable {
        var name: String
        var id: String
        /// Where Compose made it.
        var project: String?
        var service: String?
        var state: String
        var health: String
        var watched: Bool
        var phase: String
        var restarts: Int
        var failedRestarts: Int

        enum CodingKeys: String, CodingKey {
            case name, id, project, service, state, health, watched, phase, restarts
            case failedRestarts = "failed_restarts"
        }
    }

    var version: String
    var engine: Engine
    /// Seconds since the engine answered a look.
    var lookAge: Double?
    /// Those that are watched or were restarted, by name.
    var containers: [Container]

    enum CodingKeys: String, CodingKey {
        case version, engine, containers
        case lookAge = "look_age_seconds"
    }

    init(_ picture: WatchPicture) {
        version = HaleVersion.current
        engine = Engine(
            address: picture.engine.description, reachable: picture.isReachable, version: picture.version,
            problem: picture.problem)
        lookAge = picture.sinceLook?.seconds
        containers = picture.standings.map { standing in
            let container = standing.container
            return Container(
                name: container.name, id: container.id, project: container.membership?.project,
                service: container.membership?.service, state: container.state.rawValue,
                health: container.health.rawValue, watched: container.isWatched, phase: standing.phase.rawValue,
                restarts: standing.restarts, failedRestarts: standing.failedRestarts)
        }
    }
}
