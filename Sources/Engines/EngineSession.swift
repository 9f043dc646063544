internal import FoundationEssentials
internal import Stack

/// Calls to an engine in a version of the API that both speak.
public struct EngineSession: Sendable {
    let client: EngineClient
    let prefix: String
    /// The engine's own version.
    public let engine: String
    /// Whether it is Podman, whose events do not tell of health.
    public let isPodman: Bool

    init(client: EngineClient, version: APIVersion, engine: String, isPodman: Bool) {
        self.client = client
        self.isPodman = isPodman
        prefix = "/v\(version)"
        self.engine = engine
    }

    /// Where the engine is.
    public var endpoint: EngineEndpoint { client.endpoint }

    var timeout: Duration { client.timeout }

    // MARK: How calls are made

    func get<Answer: Decodable>(_ path: String) throws(EngineError) -> Answer {
        try client.decode(try client.send("GET", prefix + path, timeout: client.timeout))
    }

    /// The same; nil where what is asked about is not there.
    func getIfPresent<Answer: Decodable>(_ path: String) throws(EngineError) -> Answer? {
        let (status, body) = try client.exchange("GET", prefix + path, timeout: client.timeout)
        if status == 404 { return nil }
        try EngineClient.check(status, body)
        return try client.decode(body)
    }

    @discardableResult
    func send(
        _ method: String, _ path: String, body: EngineBody? = nil, timeout: Duration? = nil
    ) throws(EngineError) -> [UInt8] {
        try client.send(method, prefix + path, body: body, timeout: timeout ?? client.timeout)
    }

    func decode<Answer: Decodable>(_ bytes: [UInt8]) throws(EngineError) -> Answer {
        try client.decode(bytes)
    }

    /// A call whose answer is taken as it comes, for as long as that takes where there is no timeout.
    func stream(
        _ method: String, _ path: String, body: EngineBody? = nil, timeout: Duration? = nil,
        _ sink: @escaping ([UInt8]) -> Bool
    ) throws(EngineError) {
        let (status, answer) = try client.exchange(method, prefix + path, body: body, timeout: timeout, sink: sink)
        try EngineClient.check(status, answer)
    }

    /// Text as it stands in a path or a query (RFC 3986).
    static func escaped(_ text: String) -> String { escaped(Data(text.utf8)) }

    static func escaped(_ bytes: Data) -> String {
        let digits = Array("0123456789ABCDEF")
        return bytes.reduce(into: "") { text, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }

    /// What limits a list or a stream (`filters`), as it stands in a query.
    static func filters(_ values: [String: [String]]) throws(EngineError) -> String {
        guard let json = try? JSONEncoder().encode(values) else { throw .senseless("filters") }
        return escaped(json)
    }
}
