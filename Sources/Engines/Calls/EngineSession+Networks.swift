public import Stack

/// A network of an engine's.
public struct NetworkDetails: Decodable, Sendable {
    /// How its addresses are given out.
    public struct AddressDetails: Decodable, Sendable {
        /// One range of addresses.
        public struct RangeDetails: Decodable, Sendable {
            /// `172.18.0.0/16`.
            public var Subnet: String?
            /// The host's own address in it.
            public var Gateway: String?
        }

        /// Its ranges.
        public var Config: [RangeDetails]?
    }

    /// The place of a container.
    public struct PlaceDetails: Decodable, Sendable {
        /// Its address, with how many bits are the network's.
        public var IPv4Address: String?
    }

    /// Its name.
    public var Name: String
    /// Who is attached, by the containers' identifiers.
    public var Containers: [String: PlaceDetails]?
    /// What the engine calls it.
    public var Id: String
    /// `bridge`, …
    public var Driver: String?
    /// How its addresses are given out.
    public var IPAM: AddressDetails?
    /// What its driver was told.
    public var Options: [String: String]?
    /// Its labels.
    public var Labels: [String: String]?
}

extension EngineSession {
    /// The network of that name or identifier; nil where there is none.
    public func network(_ name: String) throws(EngineError) -> NetworkDetails? {
        try getIfPresent("/networks/\(Self.escaped(name))")
    }

    /// Makes a network, unless somebody else has just made it; `configuration` is the call's body but for the name.
    public func createNetwork(_ name: String, _ configuration: JSONValue) throws(EngineError) {
        var body = configuration
        body["Name"] = .text(name)
        do throws(EngineError) {
            try send("POST", "/networks/create", body: EngineBody(body))
        } catch {
            guard error.isConflict else { throw error }
        }
    }

    /// Attaches a container to one more network.
    public func connect(_ id: String, to network: String, _ endpoint: JSONValue) throws(EngineError) {
        let body: JSONValue = ["Container": .text(id), "EndpointConfig": endpoint]
        try send("POST", "/networks/\(Self.escaped(network))/connect", body: EngineBody(body))
    }

    /// Takes a container off a network, also one that does not run.
    public func disconnect(_ id: String, from network: String) throws(EngineError) {
        let body: JSONValue = ["Container": .text(id), "Force": true]
        try send("POST", "/networks/\(Self.escaped(network))/disconnect", body: EngineBody(body))
    }

    /// Removes a network that no container is attached to.
    public func removeNetwork(_ name: String) throws(EngineError) {
        try send("DELETE", "/networks/\(Self.escaped(name))")
    }

    /// Whether there is a volume of that name.
    public func hasVolume(_ name: String) throws(EngineError) -> Bool {
        struct Volume: Decodable { var Name: String }
        let volume: Volume? = try getIfPresent("/volumes/\(Self.escaped(name))")
        return volume != nil
    }

    /// Makes a volume; `configuration` is the call's body but for the name.
    public func createVolume(_ name: String, _ configuration: JSONValue) throws(EngineError) {
        var body = configuration
        body["Name"] = .text(name)
        try send("POST", "/volumes/create", body: EngineBody(body))
    }

    /// The names of the networks with a label (`KEY=VALUE`).
    public func networks(_ label: String) throws(EngineError) -> [String] {
        struct Named: Decodable { var Name: String }
        let found: [Named] = try get("/networks?filters=" + (try Self.filters(["label": [label]])))
        return found.map(\.Name)
    }

    /// The names of the volumes with a label (`KEY=VALUE`).
    public func volumes(_ label: String) throws(EngineError) -> [String] {
        struct Named: Decodable { var Name: String }
        struct All: Decodable { var Volumes: [Named]? }
        let found: All = try get("/volumes?filters=" + (try Self.filters(["label": [label]])))
        return (found.Volumes ?? []).map(\.Name)
    }

    /// Removes a volume that no container uses, and what is in it.
    public func removeVolume(_ name: String) throws(EngineError) {
        try send("DELETE", "/volumes/\(Self.escaped(name))")
    }
}
