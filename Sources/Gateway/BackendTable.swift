internal import Wire

/// Every backend that a route names or a connection still uses, with the number of its connections.
///
/// The number is kept by address and not by route, so it survives a change of configuration and is right for a backend
/// that several routes share.
struct BackendTable {
    struct Entry {
        let backend: GatewayConfiguration.Backend
        let address: BackendAddress
        /// Connections made or being made to it.
        var connections = 0
        /// Routes that name it.
        var references = 0
    }

    private(set) var entries: [Entry?] = []
    private var places: [GatewayConfiguration.Backend: Int] = [:]
    private var free: [Int] = []

    /// Backends known now.
    var count: Int { places.count }

    /// The place of `backend`, to be given back by `drop`; nil where its address is not numeric.
    mutating func keep(_ backend: GatewayConfiguration.Backend) -> Int? {
        if let place = places[backend] {
            entries[place]?.references += 1
            return place
        }
        guard let address = BackendAddress(backend.address, port: backend.port) else { return nil }
        let entry = Entry(backend: backend, address: address, references: 1)
        let place: Int
        if let unused = free.popLast() {
            entries[unused] = entry
            place = unused
        } else {
            place = entries.count
            entries.append(entry)
        }
        places[backend] = place
        return place
    }

    /// One route fewer names it.
    mutating func drop(_ place: Int) {
        entries[place]?.references -= 1
        forgetIfUnused(place)
    }

    /// One connection more goes to it.
    mutating func connect(_ place: Int) {
        entries[place]?.connections += 1
    }

    /// One connection fewer goes to it.
    mutating func disconnect(_ place: Int) {
        entries[place]?.connections -= 1
        forgetIfUnused(place)
    }

    /// Connections that go to it now.
    func connections(_ place: Int) -> Int {
        entries[place]?.connections ?? 0
    }

    /// The connections of each, by address and port.
    var counters: [GatewayCounters.Backend] {
        entries.compactMap { entry in
            entry.map {
                GatewayCounters.Backend(
                    address: $0.backend.address, port: $0.backend.port, connections: UInt64(max($0.connections, 0)))
            }
        }
    }

    /// Whether a connection still goes to one that no route names any more.
    var isDraining: Bool { entries.contains { $0.map { $0.references <= 0 } ?? false } }

    private mutating func forgetIfUnused(_ place: Int) {
        guard let entry = entries[place], entry.references <= 0, entry.connections <= 0 else { return }
        places[entry.backend] = nil
        entries[place] = nil
        free.append(place)
    }
}
