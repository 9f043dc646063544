internal import Glibc
public import Platform
public import Stack

/// Asks instances whether they are well, by their own protocols: no exec, no shell, no client program.
///
/// Lives on one reactor's thread: it is made, used and let go there, and completions come there. The probes themselves
/// run on a thread of their own, which ends with the prober.
public final class Prober {
    /// What waits for each job. Unchecked: touched on the reactor's thread only, where every posted closure runs.
    private final class Completions: @unchecked Sendable {
        private var byNumber: [UInt64: (ProbeOutcome) -> Void] = [:]

        func add(_ number: UInt64, _ completion: @escaping (ProbeOutcome) -> Void) {
            byNumber[number] = completion
        }

        func drop(_ number: UInt64) -> Bool {
            byNumber.removeValue(forKey: number) != nil
        }

        func dropAll() {
            byNumber = [:]
        }

        func deliver(_ report: ProbeReport) {
            guard let completion = byNumber.removeValue(forKey: report.number) else { return }
            switch report.verdict {
            case .passed: completion(.passed(took: report.took))
            case .failed(let reason): completion(.failed(reason))
            }
        }
    }

    private let completions = Completions()
    private let thread: ProbeThread
    private var lastNumber: UInt64 = 0

    /// A prober on `reactor`'s thread.
    public convenience init(reactor: Reactor) throws {
        let mailbox = reactor.mailbox
        try self.init(post: { mailbox.post($0) })
    }

    /// `post` has closures run one after the other on the thread that owns the prober, later and never at once.
    init(post: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void) throws {
        thread = try ProbeThread { [completions] report in
            post { completions.deliver(report) }
        }
    }

    deinit {
        completions.dropAll()
        thread.stop()
    }

    /// Starts a probe of the instance at `address` (numeric IPv4 or IPv6), from within the network namespace at the path
    /// `network` where there is one.
    ///
    /// `completion` is called once on the reactor's thread, after this returns and at the latest soon after `timeout`;
    /// never once the probe was cancelled or the prober is gone. A command and a heartbeat are not for a prober: they
    /// fail at once.
    public func start(
        _ probe: Probe, address: String, network: String? = nil, timeout: Duration,
        completion: @escaping (ProbeOutcome) -> Void
    ) -> ProbeHandle {
        lastNumber += 1
        completions.add(lastNumber, completion)
        let work: ProbeJob.Work =
            ProbeSocket.isNumeric(address)
            ? ProbeJob.Work(probe) : .impossible("malformed address \"\(Wording.line(address))\"")
        thread.start(
            ProbeJob(
                number: lastNumber, work: work, address: address, network: network, timeout: timeout,
                started: Instant.now()))
        return ProbeHandle(number: lastNumber)
    }

    /// Gives up a probe; nothing happens where it is over already.
    public func cancel(_ handle: ProbeHandle) {
        if completions.drop(handle.number) { thread.cancel(handle.number) }
    }
}

/// What a probe found.
public enum ProbeOutcome: Sendable, Equatable {
    /// The instance is well; from the start of the probe to the verdict.
    case passed(took: Duration)
    /// It is not; what was met, in a short sentence without secrets: `connection refused`, `password rejected`.
    case failed(String)
}

extension ProbeOutcome {
    /// Whether the machine is there and nobody listens on the port.
    public var isRefusal: Bool { self == .failed(Wording.systemError(ECONNREFUSED)) }

    /// Whether the server answers, and wants to know first who asks.
    public var wantsCredentials: Bool { self == .failed(Wording.passwordRequired) }
}

/// Names a probe under way.
public struct ProbeHandle: Hashable, Sendable {
    let number: UInt64
}

extension ProbeJob.Work {
    fileprivate init(_ probe: Probe) {
        switch probe {
        case .tcp(let port):
            self = .talk(TCPConversation(), port: port)
        case .postgres(let port, let user, let password, let database):
            guard let random = Digest.random(18) else {
                self = .impossible("OpenSSL gives no random bytes")
                return
            }
            let conversation = PostgresConversation(
                user: user, password: password, database: database, nonce: Base64.encode(random))
            self = .talk(conversation, port: port ?? 5432)
        case .redis(let port, let user, let password, let writable):
            self = .talk(RedisConversation(user: user, password: password, writable: writable), port: port ?? 6379)
        case .bolt(let port, let user, let password):
            self = .talk(BoltConversation(user: user, password: password), port: port ?? 7687)
        case .http(let probe):
            self = .dialogue(HTTPCheck(probe))
        case .ollama(let port, let model):
            self = .dialogue(OllamaCheck(port: port ?? 11434, model: model))
        case .grpc(let port, let service):
            self = .dialogue(GRPCHealthCheck(port: port, service: service))
        case .command, .shell, .heartbeat:
            self = .impossible("not a native probe")
        }
    }
}
