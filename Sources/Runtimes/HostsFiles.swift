internal import Platform
internal import Stack

/// The files that instances find as /etc/hosts. Each stays the same file for as long as its instance is part of the stack:
/// what runs sees a changed stack without being started again.
struct HostsFiles {
    private static let host = "/etc/hosts"

    private let locations: Locations
    private var stack: Stack
    private var text: HostsText
    private var version: FileVersion?
    /// Those that have the text of the present stack.
    private var written: Set<InstanceID> = []

    /// Whether this process may give services an /etc/hosts of their own.
    static var isAllowed: Bool { ProcessFacts.mayMount }

    /// The file of `instance`.
    static func path(of instance: InstanceID, in locations: Locations) -> String {
        "\(locations.hosts)/\(instance)"
    }

    /// The files for a stack, of which none is written yet.
    init(stack: Stack, locations: Locations, addresses: inout AddressBook) {
        self.locations = locations
        self.stack = stack
        version = FileVersion(Self.host)
        text = Self.text(for: stack, &addresses)
    }

    private static func text(for stack: Stack, _ addresses: inout AddressBook) -> HostsText {
        var found: [String: String] = [:]
        for service in stack.services.keys.sorted() { found[service] = addresses.address(ofService: service) }
        let bytes = (try? readWholeFile(host, limit: 4 << 20)) ?? []
        var own: [String: [String: String]] = [:]
        for service in stack.services.values.sorted(by: { $0.name < $1.name }) {
            for client in service.traffic.load.clients {
                own[client, default: [:]][service.name] = addresses.address(of: service, for: client)
            }
        }
        return HostsText(
            stack: stack, addresses: found, ownAddresses: own, host: String(decoding: bytes, as: UTF8.self))
    }

    /// Writes the file of an instance that is to be started, unless it is as it should be.
    mutating func prepare(
        _ instance: InstanceID, of service: Service, isTask: Bool = false, addresses: inout AddressBook
    ) throws(SystemError) {
        guard !written.contains(instance) else { return }
        // An instance that is replaced in turn has the networks of its service as it is now, as all others see them.
        let own = addresses.address(of: instance.service, number: instance.number)
        let text = text.text(for: isTask ? service : stack.services[service.name] ?? service, at: own, isTask: isTask)
        try makeFolders(locations.hosts, mode: 0o711)
        try writeFileInPlace(Array(text.utf8), to: Self.path(of: instance, in: locations))
        written.insert(instance)
    }

    /// Has what runs find what a changed stack says.
    mutating func configure(_ stack: Stack, addresses: inout AddressBook) {
        self.stack = stack
        rewrite(&addresses)
    }

    /// Follows changes that others make: another /etc/hosts of the host, or files that somebody removed.
    mutating func look(addresses: inout AddressBook) {
        let isGone = written.contains { !fileExists(Self.path(of: $0, in: locations)) }
        if isGone || FileVersion(Self.host) != version { rewrite(&addresses) }
    }

    /// Forgets an instance that has ended and is not part of the stack any more.
    mutating func remove(_ instance: InstanceID) {
        if stack.services[instance.service]?.instances.contains(instance) == true { return }
        written.remove(instance)
        removeFile(Self.path(of: instance, in: locations))
    }

    private mutating func rewrite(_ addresses: inout AddressBook) {
        version = FileVersion(Self.host)
        text = Self.text(for: stack, &addresses)
        let present = written.union(namesInFolder(locations.hosts).compactMap(InstanceID.init(name:)))
        written = []
        for instance in present.sorted() {
            guard let service = stack.services[instance.service] else { continue }
            // What cannot be written now is written before the next start, which says so.
            try? prepare(instance, of: service, addresses: &addresses)
        }
    }
}

extension InstanceID {
    /// The instance of that name; nil where it is none's.
    fileprivate init?(name: String) {
        guard let dash = name.lastIndex(of: "-"), let number = Int(name[name.index(after: dash)...]), number > 0 else {
            return nil
        }
        self.init(String(name[..<dash]), number)
    }
}
