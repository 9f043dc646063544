internal import FoundationEssentials
public import Stack

extension EngineSession {
    /// All containers there are, running or not; `labels` limits them to those that have each of these (`KEY=VALUE`).
    public func containers(labels: [String] = []) throws(EngineError) -> [ContainerSummary] {
        let filters = labels.isEmpty ? "" : "&filters=" + (try Self.filters(["label": labels]))
        return try get("/containers/json?all=1" + filters)
    }

    /// The identifiers of those whose health check fails; costs the engine less than the list of all.
    public func unhealthyContainers() throws(EngineError) -> [String] {
        let found: [ContainerSummary] = try get(
            "/containers/json?filters=" + (try Self.filters(["health": ["unhealthy"]])))
        return found.map(\.Id)
    }

    /// One container; `EngineError.isNotFound` where there is none.
    public func container(_ id: String) throws(EngineError) -> ContainerDetails {
        try get("/containers/\(Self.escaped(id))/json")
    }

    /// One container; nil where there is none.
    public func containerIfPresent(_ id: String) throws(EngineError) -> ContainerDetails? {
        try getIfPresent("/containers/\(Self.escaped(id))/json")
    }

    /// One container, with all that the engine has to say of it.
    public func wholeContainer(_ id: String) throws(EngineError) -> JSONValue {
        try get("/containers/\(Self.escaped(id))/json")
    }

    /// Where the engine keeps what belongs to containers, on its machine.
    public func folder() throws(EngineError) -> String {
        struct Information: Decodable { var DockerRootDir: String }
        let information: Information = try get("/info")
        return information.DockerRootDir
    }

    /// Makes a container; its identifier.
    public func createContainer(
        name: String, platform: String?, _ configuration: JSONValue
    ) throws(EngineError) -> String {
        struct Created: Decodable { var Id: String }
        let platform = platform.map { "&platform=" + Self.escaped($0) } ?? ""
        let answer = try send(
            "POST", "/containers/create?name=\(Self.escaped(name))\(platform)",
            body: EngineBody(configuration))
        let created: Created = try decode(answer)
        return created.Id
    }

    /// Starts a container; one that runs is left as it is.
    public func startContainer(_ id: String) throws(EngineError) {
        try send("POST", "/containers/\(id)/start")
    }

    /// Stops a container, with so many seconds to end by itself, and starts it again.
    public func restart(_ id: String, seconds: Int) throws(EngineError) {
        try send("POST", "/containers/\(id)/restart?t=\(seconds)", timeout: timeout + .seconds(max(seconds, 0)))
    }

    /// Sends the first process of a container a signal, by its number.
    public func killContainer(_ id: String, signal: Int32) throws(EngineError) {
        try send("POST", "/containers/\(id)/kill?signal=\(signal)")
    }

    /// Freezes a container.
    public func pauseContainer(_ id: String) throws(EngineError) {
        try send("POST", "/containers/\(id)/pause")
    }

    /// Thaws a container.
    public func unpauseContainer(_ id: String) throws(EngineError) {
        try send("POST", "/containers/\(id)/unpause")
    }

    /// Removes a container, whatever it does; with `volumes` those that have no name as well.
    public func removeContainer(_ id: String, volumes: Bool = false) throws(EngineError) {
        try send("DELETE", "/containers/\(id)?force=1&v=\(volumes ? 1 : 0)")
    }

    /// Has the engine do that from now on when the container ends.
    public func updateContainer(_ id: String, restart: EngineRestartPolicy) throws(EngineError) {
        let policy: JSONValue = [
            "Name": .text(restart.name), "MaximumRetryCount": .integer(Int64(restart.retries)),
        ]
        try send("POST", "/containers/\(id)/update", body: EngineBody(["RestartPolicy": policy]))
    }

    /// Limits the memory of a container from now on, and its memory with what it swaps, in bytes.
    public func updateContainer(_ id: String, memory: Int64, memoryAndSwap: Int64) throws(EngineError) {
        let limits: JSONValue = ["Memory": .integer(memory), "MemorySwap": .integer(memoryAndSwap)]
        try send("POST", "/containers/\(id)/update", body: EngineBody(limits))
    }

    /// Unpacks a tar archive in a folder of a container.
    public func putArchive(_ archive: [UInt8], in id: String, at folder: String) throws(EngineError) {
        try send(
            "PUT", "/containers/\(id)/archive?path=\(Self.escaped(folder))",
            body: EngineBody(bytes: archive, type: "application/x-tar"))
    }

    /// Hands each of these events of containers to `body` as it comes, until that returns false or the engine ends it.
    /// Those since `since`, in seconds since 1970, come first; with `until`, in nanoseconds since 1970, the engine ends it there.
    public func events(
        _ actions: [String], labels: [String] = [], since: Int64, until: Int64? = nil,
        _ body: @escaping (ContainerEvent) -> Bool
    ) throws(EngineError) {
        var filters = ["type": ["container"], "event": actions]
        if !labels.isEmpty { filters["label"] = labels }
        let end = until.map { "&until=\(Self.timestamp($0))" } ?? ""
        let target = "/events?since=\(since)\(end)&filters=\(try Self.filters(filters))"
        var lines = JSONLines()
        // Without a time limit: the engine says nothing for as long as nothing happens.
        try stream("GET", target) { bytes in
            lines.take(bytes).allSatisfy { line in
                (try? JSONDecoder().decode(ContainerEvent.self, from: Data(line))).map(body) ?? true
            }
        }
    }
}

extension EngineSession {
    /// `SECONDS.NANOSECONDS`, as engines take it.
    private static func timestamp(_ nanoseconds: Int64) -> String {
        let fraction = String(nanoseconds % 1_000_000_000)
        return "\(nanoseconds / 1_000_000_000)." + String(repeating: "0", count: max(0, 9 - fraction.count)) + fraction
    }
}

/// Cuts a stream of JSON documents, one a line.
struct JSONLines {
    private static let longest = 1 << 20
    private var rest: [UInt8] = []

    /// The lines that are whole now.
    mutating func take(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        rest += bytes
        var lines: [ArraySlice<UInt8>] = []
        var start = rest.startIndex
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if end > start { lines.append(rest[start..<end]) }
            start = end + 1
        }
        rest = Array(rest[start...])
        // What has no end is no event.
        if rest.count > Self.longest { rest = [] }
        return lines
    }
}
