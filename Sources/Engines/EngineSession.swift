internal import FoundationEssentials
internal import Stack

/// Calls to an engine in a version of the API that both speak.
public struct EngineSession: Sendable {
    private let client: EngineClient
    private let prefix: String
    /// The engine's own version.
    public let engine: String

    init(client: EngineClient, version: APIVersion, engine: String) {
        self.client = client
        prefix = "/v\(version)"
        self.engine = engine
    }

    /// All containers there are, running or not.
    public func containers() throws(EngineError) -> [ContainerSummary] {
        try client.decode(try get("/containers/json?all=1"))
    }

    /// One container; `EngineError.isNotFound` where there is none.
    public func container(_ id: String) throws(EngineError) -> ContainerDetails {
        try client.decode(try get("/containers/\(id)/json"))
    }

    /// Stops a container, with so many seconds to end by itself, and starts it again.
    public func restart(_ id: String, seconds: Int) throws(EngineError) {
        let limit = client.timeout + .seconds(max(seconds, 0))
        _ = try client.send("POST", "\(prefix)/containers/\(id)/restart?t=\(seconds)", timeout: limit)
    }

    /// Hands each of these events of containers to `body` as it comes, until that returns false or the engine ends it.
    /// Those since `since`, in seconds since 1970, come first.
    public func events(
        _ actions: [String], since: Int64, _ body: @escaping (ContainerEvent) -> Bool
    ) throws(EngineError) {
        let filters = ["type": ["container"], "event": actions]
        guard let json = try? JSONEncoder().encode(filters) else { throw .senseless("filters") }
        let target = "\(prefix)/events?since=\(since)&filters=\(Self.escaped(json))"
        var lines = JSONLines()
        // Without a time limit: the engine says nothing for as long as nothing happens.
        let (status, answer) = try client.exchange("GET", target, timeout: nil) { bytes in
            lines.take(bytes).allSatisfy { line in
                (try? JSONDecoder().decode(ContainerEvent.self, from: Data(line))).map(body) ?? true
            }
        }
        try EngineClient.check(status, answer)
    }

    private func get(_ path: String) throws(EngineError) -> [UInt8] {
        try client.send("GET", prefix + path, timeout: client.timeout)
    }

    private static func escaped(_ bytes: Data) -> String {
        let digits = Array("0123456789ABCDEF")
        return bytes.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
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
