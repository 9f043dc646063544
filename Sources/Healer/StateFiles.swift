internal import Control
internal import FoundationEssentials
internal import Healing
internal import Platform
internal import Runtimes
internal import Stack

/// What the healer keeps on disk so that a new one goes on where it ended: the last good configuration, what people
/// asked for, and who has which address. Every file is replaced whole and readable by its owner alone.
struct StateFiles {
    let locations: Locations

    func configuration() -> ApplyRequest? { read(locations.configuration) }

    func save(_ configuration: ApplyRequest?) throws {
        guard let configuration else { return remove(locations.configuration) }
        try write(configuration, to: locations.configuration)
    }

    func wills() -> [String: OperatorWill] {
        Self.shift(read(locations.will) ?? [:], by: -Calendar.offset())
    }

    func save(_ wills: [String: OperatorWill]) throws {
        guard !wills.isEmpty else { return remove(locations.will) }
        try write(Self.shift(wills, by: Calendar.offset()), to: locations.will)
    }

    /// On disk times are the calendar's, since the engine's clock starts anew with the host.
    private static func shift(_ wills: [String: OperatorWill], by nanoseconds: Int64) -> [String: OperatorWill] {
        wills.mapValues { will in
            var will = will
            will.maintenanceUntil = will.maintenanceUntil.map { $0 + .nanoseconds(nanoseconds) }
            return will
        }
    }

    func memory() -> [InstanceMemory] { read(locations.memory) ?? [] }

    func save(_ memory: [InstanceMemory]) throws {
        guard !memory.isEmpty else { return remove(locations.memory) }
        try write(memory, to: locations.memory)
    }

    func addresses() -> AddressBook {
        read(locations.addresses) ?? AddressBook(identity: locations.state)
    }

    func save(_ addresses: AddressBook) throws { try write(addresses, to: locations.addresses) }

    private func read<Value: Decodable>(_ path: String) -> Value? {
        guard let bytes = try? readWholeFile(path) else { return nil }
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            Log.write("ignoring \(path), which cannot be read: \(error)")
            return nil
        }
    }

    private func write(_ value: some Encodable, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try writeFileAtomically(Array(encoder.encode(value)), to: path, mode: 0o600)
    }

    private func remove(_ path: String) {
        removeFile(path)
    }
}
