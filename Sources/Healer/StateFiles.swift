internal import Alerting
internal import Control
internal import Flags
internal import FoundationEssentials
internal import Healing
internal import Platform
internal import Runtimes
internal import Stack

/// What the healer keeps on disk so that a new one goes on where it ended: the last good configuration, what people
/// asked for, what instances have on their record, and who has which address. Every file is replaced whole and readable
/// by its owner alone.
///
/// What changes in the course of a repair is written twice: at once beside the sockets, where it outlives this process
/// whenever that is killed, and by the writer's thread below the state folder, where it outlives the host.
struct StateFiles {
    let locations: Locations
    let writer: StateWriter

    // MARK: Configuration

    func configuration() -> ApplyRequest? { read(locations.configuration) }

    /// Returns once it is on disk.
    func save(_ configuration: ApplyRequest?) throws {
        guard let configuration else { return removeFile(locations.configuration) }
        try writeFileAtomically(encoded(configuration), to: locations.configuration, mode: 0o600)
    }

    // MARK: Kept at every change

    func wishes() -> OperatorWishes {
        let kept: Kept<OperatorWishes>? = kept(locations.will)
        return kept.map { $0.value.shifted(by: $0.shift) } ?? OperatorWishes()
    }

    func save(_ wishes: OperatorWishes) {
        keep(wishes == OperatorWishes() ? nil : wishes, at: locations.will)
    }

    func records() -> InstanceRecords {
        let kept: Kept<InstanceRecords>? = kept(locations.memory)
        return kept.map { $0.value.shifted(by: $0.shift) } ?? InstanceRecords()
    }

    func save(_ records: InstanceRecords) {
        keep(records == InstanceRecords() ? nil : records, at: locations.memory)
    }

    func flagOverrides() -> [String: FlagOverride] {
        let kept: Kept<[String: FlagOverride]>? = kept(locations.flags)
        return kept.map { kept in kept.value.mapValues { $0.shifted(by: kept.shift) } } ?? [:]
    }

    func save(_ overrides: [String: FlagOverride]) {
        keep(overrides.isEmpty ? nil : overrides, at: locations.flags)
    }

    func alerts() -> AlertMachine.Memory {
        let kept: Kept<AlertMachine.Memory>? = kept(locations.alerts)
        return kept.map { $0.value.shifted(by: $0.shift) } ?? AlertMachine.Memory()
    }

    func save(_ memory: AlertMachine.Memory) {
        keep(memory == AlertMachine.Memory() ? nil : memory, at: locations.alerts)
    }

    // MARK: Addresses

    func addresses() -> AddressBook {
        read(locations.addresses) ?? AddressBook(identity: locations.state)
    }

    func save(_ addresses: AddressBook) { try? writer.write(encoded(addresses), to: locations.addresses) }

    // MARK: Containers

    func containers() -> ContainerBook { read(locations.containers) ?? ContainerBook() }

    func save(_ book: ContainerBook) {
        writer.write(book == ContainerBook() ? nil : try? encoded(book), to: locations.containers)
    }

    // MARK: Files

    /// The place beside the sockets that a file below the state folder has as well.
    private func near(_ path: String) -> String {
        locations.runtime + path.dropFirst(locations.state.count)
    }

    private func kept<Value: Codable>(_ path: String) -> Kept<Value>? {
        read(near(path)) ?? read(path)
    }

    private func keep(_ value: (some Codable)?, at path: String) {
        let bytes = value.flatMap { try? encoded(Kept(value: $0)) }
        let isNear = bytes.map {
            (try? writeFileAtomically($0, to: near(path), mode: 0o600, durable: false)) != nil
        }
        // An older one must not come before the newer one below the state folder.
        if isNear != true { removeFile(near(path)) }
        writer.write(bytes, to: path)
    }

    private func read<Value: Decodable>(_ path: String) -> Value? {
        guard let bytes = try? readWholeFile(path) else { return nil }
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            Log.write("ignoring \(path), which cannot be read: \(error)")
            return nil
        }
    }

    private func encoded(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return Array(try encoder.encode(value))
    }
}

/// A value with the clock its instants are of: the engine's begins anew with the host.
private struct Kept<Value: Codable>: Codable {
    var boot = ProcessFacts.bootIdentity()
    /// From that clock to the calendar, in nanoseconds.
    var offset = Calendar.offset()
    var value: Value

    init(value: Value) {
        self.value = value
    }

    /// What to add to its instants to have them by today's clock. Within one start of the host nothing, so that a
    /// calendar that is set anew changes nothing.
    var shift: Duration {
        guard boot != ProcessFacts.bootIdentity() else { return .zero }
        return .nanoseconds(offset.subtractingReportingOverflow(Calendar.offset()).partialValue)
    }
}
