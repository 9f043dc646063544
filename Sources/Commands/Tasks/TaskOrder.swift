internal import FoundationEssentials
internal import Platform
internal import Stack
internal import Wire

/// Everything that is needed to run a task or a detached command. Holds what the Compose file holds, secrets included:
/// it is kept in files of mode 0600 alone.
struct TaskOrder: Codable {
    /// The name it goes by.
    var name: String
    /// The service whose surroundings it has.
    var service: Service
    /// The `SpawnRequest`, encoded.
    var request: [UInt8]
    /// The process of the instance it runs beside and ends with; nil for a task, which stands alone.
    var beside: Int32?
    /// Whether it runs the service's own command, and so must be the only one on the service's volumes.
    var isOwnCommand = false
    /// Where the output of a detached one goes; nil is nowhere.
    var log: String?
    /// Whether the log goes with it.
    var removesLog = false

    /// Its instance, for the names of files and groups. A task is instance 1 of a service that nobody else has.
    var instance: InstanceID { InstanceID(name, 1) }

    static func read(_ path: String) throws -> TaskOrder {
        try JSONDecoder().decode(TaskOrder.self, from: Data(try readWholeFile(path)))
    }

    func write(_ path: String) throws {
        try writeFileAtomically(Array(try JSONEncoder().encode(self)), to: path, mode: 0o600, durable: false)
    }
}
