/// What the processes of a service or of one of its instances use at present.
public struct ServiceUsage: Hashable, Sendable, Codable {
    /// Processors used, 0.5 being half of one; nil where that is not known yet.
    public var processors: Double?
    /// Processors that it may use, where that is limited.
    public var processorLimit: Double?
    /// Bytes of memory.
    public var memory: Int64
    /// Bytes of memory that it may use, where that is limited.
    public var memoryLimit: Int64?

    enum CodingKeys: String, CodingKey {
        case processors
        case processorLimit = "processor_limit"
        case memory = "memory_bytes"
        case memoryLimit = "memory_limit_bytes"
    }

    /// A use of which all is known that is given.
    public init(processors: Double?, processorLimit: Double? = nil, memory: Int64, memoryLimit: Int64? = nil) {
        self.processors = processors
        self.processorLimit = processorLimit
        self.memory = memory
        self.memoryLimit = memoryLimit
    }

    /// All of several instances together, each of which has the same limits; nil where there are none.
    static func sum(of all: [ServiceUsage]) -> ServiceUsage? {
        guard var sum = all.first else { return nil }
        for usage in all.dropFirst() {
            sum.processors = plus(sum.processors, usage.processors)
            sum.processorLimit = both(sum.processorLimit, usage.processorLimit).map { $0 + $1 }
            sum.memory &+= usage.memory
            sum.memoryLimit = both(sum.memoryLimit, usage.memoryLimit).map { $0 &+ $1 }
        }
        return sum
    }

    private static func plus(_ left: Double?, _ right: Double?) -> Double? {
        guard let left, let right else { return left ?? right }
        return left + right
    }

    private static func both<Number>(_ left: Number?, _ right: Number?) -> (Number, Number)? {
        guard let left, let right else { return nil }
        return (left, right)
    }
}
