public import Stack

/// Which loopback address each instance, and each service as a whole, has.
///
/// Every project has its own stretch of 127.0.0.0/8, chosen by a hash, so that several stacks on one machine may all
/// keep their usual ports. An address once given stays with its owner: clients may have it in their configuration.
public struct AddressBook: Hashable, Sendable, Codable {
    private var base: UInt32
    private var given: [String: UInt32]

    /// An empty book for a project; `identity` tells it from every other one on the machine.
    public init(identity: String) {
        base = Self.firstAddress(for: identity)
        given = [:]
    }

    /// The address of a service as a whole: where its breaker listens for the other services.
    public mutating func address(ofService service: String) -> String {
        address(key: service + "/0")
    }

    /// The address at which `client` finds `service`: one of its own where the service's rules tell it from others, as
    /// all programs of a machine look the same from 127.0.0.1.
    public mutating func address(of service: Service, for client: String) -> String {
        guard service.traffic.load.clients.contains(client) else { return address(ofService: service.name) }
        return address(key: "\(service.name)/0 for \(client)")
    }

    /// The address of instance `number` of `service`: where its process listens.
    public mutating func address(of service: String, number: Int) -> String {
        address(key: "\(service)/\(number)")
    }

    /// Whose address that is; nil where it is nobody's, or that of a service as a whole.
    public func instance(at address: String) -> InstanceID? {
        let parts = address.split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
        guard parts.count == 4, parts[0] == 127 else { return nil }
        let number = parts[1...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard let key = given.first(where: { Self.low(base &+ $0.value) == number })?.key,
            let slash = key.lastIndex(of: "/"), let member = Int(key[key.index(after: slash)...]), member > 0
        else { return nil }
        return InstanceID(String(key[..<slash]), member)
    }

    /// Gives a task an address from the far end of the project's stretch, which no instance of a usual stack reaches.
    /// Not to be kept: the address is free again when the task has ended.
    mutating func lend(to task: InstanceID) {
        let key = "\(task.service)/\(task.number)"
        guard given[key] == nil else { return }
        let taken = Set(given.values)
        var offset = Self.stretch - 1 - Self.hash(key) % (Self.stretch / 4)
        while taken.contains(offset) { offset += 1 }
        given[key] = offset
    }

    private mutating func address(key: String) -> String {
        if let offset = given[key] { return text(base &+ offset) }
        let offset = (given.values.max() ?? 0) + 1
        given[key] = offset
        return text(base &+ offset)
    }

    private func text(_ number: UInt32) -> String {
        let low = Self.low(number)
        return "127.\(low >> 16).\(low >> 8 & 0xff).\(low & 0xff)"
    }

    /// The last three bytes of the address. Past the end of 127.0.0.0/8 it goes on at the start, but never at 127.0.0.x,
    /// which everybody uses.
    private static func low(_ number: UInt32) -> UInt32 {
        let low = number & 0xff_ffff
        return low < 0x100 ? low + 0x100 : low
    }

    private static let stretch: UInt32 = 1_024

    /// The start of one of 16,383 stretches of 1,024 addresses.
    private static func firstAddress(for identity: String) -> UInt32 {
        (hash(identity) % 16_383 + 1) * stretch
    }

    /// FNV-1a.
    private static func hash(_ text: String) -> UInt32 {
        text.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }
}
