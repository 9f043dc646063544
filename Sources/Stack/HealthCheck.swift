/// When and how an instance is asked whether it is well; the times are those of Docker's health check.
///
/// The interval runs from the end of one probe to the start of the next. Failures inside the start period do not
/// count until the first success, which ends it.
public struct HealthCheck: Hashable, Sendable, Codable {
    /// What is asked.
    public var probe: Probe
    /// From the end of one probe to the start of the next.
    public var interval: Duration
    /// How long one probe may take before it is killed and counts as failed.
    public var timeout: Duration
    /// How long after the start failures do not count.
    public var startPeriod: Duration
    /// The interval inside the start period.
    public var startInterval: Duration
    /// Failures in a row that make an instance unhealthy; at least 1.
    public var retries: Int
    /// The interval after a first failure, until the verdict; nil keeps Docker's own timing.
    public var confirm: Duration?

    /// A check with Docker's defaults where nothing is given.
    public init(
        probe: Probe,
        interval: Duration = .seconds(30),
        timeout: Duration = .seconds(30),
        startPeriod: Duration = .zero,
        startInterval: Duration = .seconds(5),
        retries: Int = 3,
        confirm: Duration? = .seconds(1)
    ) {
        self.probe = probe
        self.interval = interval
        self.timeout = timeout
        self.startPeriod = startPeriod
        self.startInterval = startInterval
        self.retries = retries
        self.confirm = confirm
    }
}

/// One way to ask an instance whether it is well. A nil port means the protocol's usual one.
public enum Probe: Hashable, Sendable, Codable {
    /// `CMD`: a program with its arguments; exit code 0 is well.
    case command([String])
    /// `CMD-SHELL`: a line for `/bin/sh -c`; exit code 0 is well.
    case shell(String)
    /// A connection is accepted.
    case tcp(port: UInt16)
    /// An HTTP or HTTPS answer.
    case http(HTTPProbe)
    /// PostgreSQL answers its start-up packet and, where a user is given, `SELECT 1` (usual port 5432).
    case postgres(port: UInt16?, user: String?, password: String?, database: String?)
    /// Redis answers PING, is not loading and, where `writable` is set, accepts writes (usual port 6379).
    case redis(port: UInt16?, user: String?, password: String?, writable: Bool)
    /// A Bolt server agrees on a version and, where a user is given, accepts it (usual port 7687).
    case bolt(port: UInt16?, user: String?, password: String?)
    /// Ollama answers `/api/version` and, where a model is named, has it (usual port 11434).
    case ollama(port: UInt16?, model: String?)
    /// The gRPC health checking protocol says SERVING.
    case grpc(port: UInt16, service: String)
    /// The instance says by itself, at least this often, that it is well: over HTTP to the status API or by sd_notify.
    case heartbeat(every: Duration)
}

/// What an HTTP probe sends and what it accepts.
public struct HTTPProbe: Hashable, Sendable, Codable {
    /// Speak TLS.
    public var tls: Bool
    /// Whether the certificate must be valid; off by default, as a probe asks for life, not identity.
    public var verify: Bool
    /// The port on the instance.
    public var port: UInt16
    /// Path and query.
    public var path: String
    /// GET where nothing else is said.
    public var method: String
    /// Request headers as `Name: value` lines.
    public var headers: [String]
    /// Status codes that are well.
    public var statuses: ClosedRange<Int>
    /// Text that the body must hold, if any.
    public var bodyContains: String?
    /// A response header, `Name: value`, that must be there, if any.
    public var headerContains: String?

    /// A probe that accepts any status from 200 to 399, as Kubernetes does.
    public init(
        port: UInt16, path: String = "/", tls: Bool = false, verify: Bool = false, method: String = "GET",
        headers: [String] = [], statuses: ClosedRange<Int> = 200...399, bodyContains: String? = nil,
        headerContains: String? = nil
    ) {
        self.port = port
        self.path = path
        self.tls = tls
        self.verify = verify
        self.method = method
        self.headers = headers
        self.statuses = statuses
        self.bodyContains = bodyContains
        self.headerContains = headerContains
    }
}
