internal import Platform

/// Where the queue of a port is, below the folder of all queues: `SERVICE/PORT`.
public struct QueueFolder: Hashable, Sendable {
    /// The service.
    public let service: String
    /// Its port.
    public let port: UInt16
    /// The folder.
    public let path: String

    /// The folder of the queue of that port. Whatever the service is called, it is below `base`.
    public init(in base: String, service: String, port: UInt16) {
        self.service = service
        self.port = port
        path = "\(base)/\(Self.name(of: service))/\(port)"
    }

    /// Compose allows letters, digits and `._-`.
    private static func name(of service: String) -> String {
        let name = String(service.map { $0 == "/" ? "_" : $0 })
        return name.allSatisfy { $0 == "." } ? "_" : name
    }

    /// All that are there, by service and port.
    public static func all(in base: String) -> [QueueFolder] {
        namesInFolder(base).flatMap { service in
            namesInFolder("\(base)/\(service)").compactMap { UInt16($0) }.sorted()
                .map { QueueFolder(in: base, service: service, port: $0) }
        }
    }
}
