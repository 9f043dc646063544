/// Names one running copy of a service: `redis-1` is instance 1 of the service `redis`.
public struct InstanceID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The service's name in the Compose file.
    public var service: String
    /// 1 for the first instance.
    public var number: Int

    /// Instance `number` of `service`.
    public init(_ service: String, _ number: Int) {
        self.service = service
        self.number = number
    }

    /// The name people see: `redis-1`.
    public var description: String { "\(service)-\(number)" }

    /// By service name, then by number.
    public static func < (left: InstanceID, right: InstanceID) -> Bool {
        left.service == right.service ? left.number < right.number : left.service < right.service
    }
}
