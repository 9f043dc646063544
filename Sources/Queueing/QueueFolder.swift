/// Where the queue of a port is, below the folder of all queues: `SERVICE/PORT`.
public enum QueueFolder {
    /// The folder of the queue of that port. Whatever the service is called, it is below `base`.
    public static func path(in base: String, service: String, port: UInt16) -> String {
        "\(base)/\(name(of: service))/\(port)"
    }

    /// Compose allows letters, digits and `._-`.
    private static func name(of service: String) -> String {
        let name = String(service.map { $0 == "/" ? "_" : $0 })
        return name.allSatisfy { $0 == "." } ? "_" : name
    }
}
