internal import Alerting
internal import FoundationEssentials
internal import Platform
internal import Stack

/// The outbox on disk: a file for each message, so that whoever kills Hale, the next one delivers it.
///
/// Each is written at once beside the sockets, where it outlives this process, and by the writer's thread below the state
/// folder, where it outlives the host: no repair waits for a disk because of an alert.
struct AlertFiles {
    private static let ending = ".json"
    private static let mark = "boot"

    let locations: Locations
    let writer: StateWriter

    private var near: String { locations.runtime + "/outbox" }

    /// What an earlier healer left, as it came. What is on the lasting disk alone was delivered in this start of the host
    /// already, and only not forgotten there in time.
    func load() -> [OutboxEntry] {
        let markPath = near + "/" + Self.mark
        let boot = Array(ProcessFacts.bootIdentity().utf8)
        let knowsAll = (try? readWholeFile(markPath)) == boot
        let nearby = names(near)
        let lasting = names(locations.outbox)
        for name in lasting where knowsAll && !nearby.contains(name) { removeFile(locations.outbox + "/" + name) }
        try? makeFolders(near, mode: 0o700)
        try? makeFolders(locations.outbox, mode: 0o700)
        let entries = nearby.union(knowsAll ? [] : lasting).compactMap { entry($0) }
        for entry in entries where !knowsAll { keep(entry) }
        try? writeFileAtomically(boot, to: markPath, mode: 0o600, durable: false)
        return entries.sorted { ($0.message.createdAt, $0.message.id) < ($1.message.createdAt, $1.message.id) }
    }

    func keep(_ entry: OutboxEntry) {
        guard let data = try? JSONEncoder().encode(entry) else { return }
        let name = entry.message.id + Self.ending
        try? writeFileAtomically(Array(data), to: near + "/" + name, mode: 0o600, durable: false)
        writer.write(Array(data), to: locations.outbox + "/" + name)
    }

    func forget(_ id: String) {
        removeFile(near + "/" + id + Self.ending)
        writer.write(nil, to: locations.outbox + "/" + id + Self.ending)
    }

    private func names(_ folder: String) -> Set<String> {
        Set(namesInFolder(folder).filter { $0.hasSuffix(Self.ending) })
    }

    private func entry(_ name: String) -> OutboxEntry? {
        for folder in [near, locations.outbox] {
            guard let bytes = try? readWholeFile(folder + "/" + name),
                let entry = try? JSONDecoder().decode(OutboxEntry.self, from: Data(bytes)),
                entry.message.id + Self.ending == name
            else { continue }
            return entry
        }
        Log.write("ignoring the kept alert \(name), which cannot be read")
        return nil
    }
}
