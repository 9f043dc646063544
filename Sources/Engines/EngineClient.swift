internal import FoundationEssentials
internal import Stack

/// Asks a container engine by Docker's Engine API. Each call waits for its answer, so it is for threads that may.
///
/// - Source: Docker Engine API reference, versions 1.41 to 1.47; Podman serves the same under the same paths.
public struct EngineClient: Sendable {
    /// The oldest version of the API that has all that is asked for.
    public static let leastVersion = "1.41"
    /// The newest that this was written for.
    static let newestVersion = "1.47"

    /// Where the engine is.
    public let endpoint: EngineEndpoint
    /// How long a call may take, unless more is said.
    public let timeout: Duration

    /// Nothing is asked yet.
    public init(_ endpoint: EngineEndpoint, timeout: Duration = .seconds(30)) {
        self.endpoint = endpoint
        self.timeout = timeout
    }

    /// What the engine says of itself.
    public struct Version: Decodable, Hashable, Sendable {
        /// The engine's own version.
        public var Version: String
        /// The newest version of the API that it speaks.
        public var ApiVersion: String
        var MinAPIVersion: String?
        var Components: [Component]?

        struct Component: Decodable, Hashable, Sendable {
            var Name: String
        }
    }

    /// Agrees on a version of the API; every other call needs it.
    public func connect() throws(EngineError) -> EngineSession {
        let version: Version = try decode(try send("GET", "/version", timeout: timeout))
        guard let theirs = APIVersion(version.ApiVersion), let least = APIVersion(Self.leastVersion),
            let newest = APIVersion(Self.newestVersion)
        else { throw .senseless("version '\(version.ApiVersion)'") }
        guard theirs >= least else { throw .tooOld(version: version.ApiVersion) }
        let isPodman = version.Components?.contains { $0.Name.hasPrefix("Podman") } ?? false
        return EngineSession(
            client: self, version: min(theirs, newest), engine: version.Version, isPodman: isPodman)
    }

    @discardableResult
    func send(
        _ method: String, _ target: String, body: EngineBody? = nil, timeout: Duration
    ) throws(EngineError) -> [UInt8] {
        let (status, answer) = try exchange(method, target, body: body, timeout: timeout)
        try Self.check(status, answer)
        return answer
    }

    /// The answer to a request, whatever it says; `sink` takes a good one as it comes.
    func exchange(
        _ method: String, _ target: String, body: EngineBody? = nil, timeout: Duration?, headers: [String] = [],
        upload: CurlTransfer.Upload? = nil, sink: (([UInt8]) -> Bool)? = nil
    ) throws(EngineError) -> (status: Int, body: [UInt8]) {
        var request: CurlTransfer.Request
        switch endpoint.way {
        case .unix(let path):
            request = CurlTransfer.Request(method: method, url: "http://localhost" + target, socket: path)
        case .network(let url, let files):
            request = CurlTransfer.Request(method: method, url: url + target, tls: files)
        }
        request.timeout = timeout
        request.body = body?.bytes
        if let type = body?.type { request.contentType = type }
        request.headers = headers
        request.upload = upload
        do throws(CurlTransfer.Failure) {
            return try CurlTransfer(request, sink: sink).perform()
        } catch {
            switch error {
            case .unreachable(let reason): throw .unreachable("\(endpoint.description): \(reason)")
            case .timedOut: throw .timedOut
            }
        }
    }

    static func check(_ status: Int, _ body: [UInt8]) throws(EngineError) {
        struct Refusal: Decodable { var message: String }
        guard !(200..<400).contains(status) else { return }
        let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(body))
        throw .refused(status: status, refusal?.message ?? "the engine answers with status \(status)")
    }

    func decode<Value: Decodable>(_ bytes: [UInt8]) throws(EngineError) -> Value {
        do { return try JSONDecoder().decode(Value.self, from: Data(bytes)) } catch {
            throw .senseless(String(describing: error).prefix(200).description)
        }
    }
}

/// What is sent with a call.
struct EngineBody {
    /// Its bytes.
    var bytes: [UInt8]
    /// What they are.
    var type: String
}

extension EngineBody {
    /// A JSON document.
    init(_ value: JSONValue) {
        self.init(bytes: Array(value.json.utf8), type: "application/json")
    }
}

/// `MAJOR.MINOR` of the Engine API.
struct APIVersion: Comparable, CustomStringConvertible {
    let major: Int
    let minor: Int

    init?(_ text: String) {
        let parts = text.split(separator: ".")
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
        self.major = major
        self.minor = minor
    }

    static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }

    var description: String { "\(major).\(minor)" }
}
