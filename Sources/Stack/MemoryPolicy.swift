/// How far the memory limit of a container is raised when it runs out of memory.
public struct MemoryPolicy: Hashable, Sendable, Codable {
    /// By which share of the present limit at a time, above 0.
    public var step: Double
    /// The limit that is never exceeded, in bytes.
    public var ceiling: Int64

    /// A quarter at a time, unless said.
    public init(step: Double = 0.25, ceiling: Int64) {
        self.step = step
        self.ceiling = ceiling
    }

    /// The limit after `current`, both in bytes; nil where there is none that is higher. `available` is what the machine has left,
    /// of which a tenth stays free.
    public func next(after current: Int64, available: Int64) -> Int64? {
        guard current > 0, current < ceiling else { return nil }
        let wanted = min(Double(ceiling), Double(current) * (1 + step))
        let possible = min(wanted, Double(current) + Double(max(available, 0)) * 0.9)
        guard possible < Double(Int64.max) else { return nil }
        // Whole mebibytes, but for the ceiling itself: less is not worth the trouble.
        let limit = Int64(possible) == ceiling ? ceiling : (Int64(possible) >> 20) << 20
        return limit > current ? limit : nil
    }
}
