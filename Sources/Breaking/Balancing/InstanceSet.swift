/// Some of the first 128 instances of a service, as bits, so that choosing among them allocates nothing.
public struct InstanceSet: Hashable, Sendable, OptionSet {
    /// The bit of instance n is 1 << n.
    public let rawValue: UInt128

    /// The instances whose bits are set.
    public init(rawValue: UInt128) {
        self.rawValue = rawValue
    }

    /// One instance; none when it is not one of the first 128.
    public init(instance: Int) {
        rawValue = Self.range.contains(instance) ? 1 << UInt128(instance) : 0
    }

    /// The first so many instances, at most 128.
    public init(first count: Int) {
        rawValue = count >= Self.range.count ? .max : count <= 0 ? 0 : 1 << UInt128(count) - 1
    }

    /// The instances a set can hold.
    public static let range = 0..<128

    /// How many there are.
    public var count: Int { rawValue.nonzeroBitCount }

    /// Whether the instance is in the set.
    public func contains(instance: Int) -> Bool {
        !intersection(InstanceSet(instance: instance)).isEmpty
    }

    /// Its instances, the first ones first.
    public var instances: Instances { Instances(rest: rawValue) }

    /// The instances of a set, one after the other.
    public struct Instances: Sequence, IteratorProtocol, Sendable {
        fileprivate var rest: UInt128

        /// The next one; nil where there is none left.
        public mutating func next() -> Int? {
            guard rest != 0 else { return nil }
            defer { rest &= rest &- 1 }
            return rest.trailingZeroBitCount
        }
    }

    /// The `index`th instance of the set, from 0.
    func instance(at index: Int) -> Int? {
        index >= 0 ? instances.dropFirst(index).first { _ in true } : nil
    }
}
