public import Stack

/// What the gateway needs to forward: everything, or just the routes that have changed. It keeps the whole in a file, so
/// that a new gateway goes on without a healer.
public struct GatewayConfiguration: Hashable, Sendable {
    /// One service's way in.
    public struct Route: Hashable, Sendable {
        /// What tells one route from every other.
        public struct Name: Hashable, Sendable {
            /// The service.
            public let service: String
            /// Its port.
            public let target: UInt16

            /// The route to that port of a service.
            public init(service: String, target: UInt16) {
                self.service = service
                self.target = target
            }
        }

        /// Which route it is.
        public var name: Name { Name(service: service, target: target) }

        /// The service.
        public var service: String
        /// The port of the service that this route leads to.
        public var target: UInt16
        /// Keys of the listening sockets whose connections it takes.
        public var listeners: [String]
        /// Those of them whose clients begin with what a proxy says of them (PROXY protocol).
        public var introduced: [String] = []
        /// Those of them whose clients speak TLS.
        public var encrypted: [String] = []
        /// The service whose instances alone come by that socket, for those of them where that is so.
        public var clients: [String: String] = [:]
        /// What happens to a new connection.
        public var state: State
        /// How long a connection or a request waits before it is refused; zero is not at all.
        public var hold: Duration
        /// What clients speak.
        public var application: ApplicationProtocol
        /// How they are treated otherwise.
        public var traffic: TrafficPolicy

        /// A route of `service`.
        public init(
            service: String, target: UInt16, listeners: [String], state: State, hold: Duration,
            application: ApplicationProtocol = .tcp, traffic: TrafficPolicy = TrafficPolicy()
        ) {
            self.service = service
            self.target = target
            self.listeners = listeners
            self.state = state
            self.hold = hold
            self.application = application
            self.traffic = traffic
        }
    }

    /// What happens to a new connection.
    public enum State: Hashable, Sendable {
        /// Forwarded to one of these in turn; while none accepts, it waits and is tried again.
        case open([Backend])
        /// It waits for `open`.
        case held
        /// It is closed at once.
        case refused
    }

    /// An instance's address.
    public struct Backend: Hashable, Sendable {
        /// Numeric address.
        public var address: String
        /// TCP port.
        public var port: UInt16
        /// Which start of the instance listens there: with another number, all that is known of the one before is void.
        public var run: Int
        /// Whose it is, for metrics and logs; nil where it is no instance's.
        public var instance: InstanceID?
        /// What it has to prove over TLS that it is; nil where it is spoken to in the clear.
        public var serverName: String?
        /// The network namespace that it listens in, by path; nil is the gateway's.
        public var network: String?

        /// That address and port.
        public init(
            address: String, port: UInt16, run: Int = 0, instance: InstanceID? = nil, serverName: String? = nil,
            network: String? = nil
        ) {
            self.address = address
            self.port = port
            self.run = run
            self.instance = instance
            self.serverName = serverName
            self.network = network
        }
    }

    /// All routes or, where it is not complete, those that are new or have changed.
    public var routes: [Route]
    /// Whether there is no route but these.
    public var isComplete: Bool

    /// These routes.
    public init(routes: [Route], isComplete: Bool = true) {
        self.routes = routes
        self.isComplete = isComplete
    }
}

/// What the gateway tells the healer: in answer to each configuration, and whenever something has changed, once a second or,
/// while connections to a backend that no route names are still open, every 50 ms.
public struct GatewayCounters: Hashable, Sendable {
    /// Counts of one route since the gateway started; `active` and `held` are of now.
    public struct Route: Hashable, Sendable {
        /// The service.
        public var service: String
        /// The port of the service.
        public var target: UInt16
        /// Connections forwarded now; where the route speaks HTTP, requests.
        public var active: UInt64
        /// Connections or requests waiting now.
        public var held: UInt64
        /// Connections accepted.
        public var accepted: UInt64
        /// Connections closed, or requests answered with 503, because the hold ended or the route refused.
        public var refused: UInt64
        /// Connections or requests that waited and were then forwarded.
        public var released: UInt64
        /// Bytes from clients to the service.
        public var bytesIn: UInt64
        /// Bytes from the service to clients.
        public var bytesOut: UInt64
        /// Connections or requests refused because too many waited already.
        public var shed: UInt64 = 0
        /// Connections or requests refused because their client had too many.
        public var clientLimited: UInt64 = 0
        /// How many calls may be in progress now; nil is any number.
        public var limit: UInt64?
        /// What became of the requests, where the route speaks HTTP.
        public var http = Requests()
        /// What became of TLS; nil where it is not spoken.
        public var tls: Handshakes?
        /// Requests that are kept for later; nil where none are.
        public var queue: Queue?

        /// Counts of nothing yet.
        public init(service: String, target: UInt16) {
            self.service = service
            self.target = target
            active = 0
            held = 0
            accepted = 0
            refused = 0
            released = 0
            bytesIn = 0
            bytesOut = 0
        }
    }

    /// Requests that are kept for later. What is counted up is so since the gateway started.
    public struct Queue: Hashable, Sendable {
        /// Tickets there are now, by the place of their state among all of them.
        public var tickets: [UInt64] = Array(repeating: 0, count: TicketState.allCases.count)
        /// Bytes that they take.
        public var bytes: UInt64 = 0
        /// Requests accepted.
        public var accepted: UInt64 = 0
        /// Requests refused, as there was no room or the disk did not take them.
        public var refused: UInt64 = 0
        /// Requests that the service has answered.
        public var delivered: UInt64 = 0
        /// Requests that were tried as often as they may be.
        public var failed: UInt64 = 0
        /// Requests that have waited for too long.
        public var expired: UInt64 = 0

        /// Counts of nothing yet.
        public init() {}
    }

    /// HTTP requests since the gateway started.
    public struct Requests: Hashable, Sendable {
        /// Requests taken up.
        public var total: UInt64 = 0
        /// Responses of instances by the hundreds of their status, from 100 to 500.
        public var statuses: [UInt64] = Array(repeating: 0, count: 5)
        /// Requests sent again.
        public var retries: UInt64 = 0
        /// Requests sent to another instance as well.
        public var hedges: UInt64 = 0
        /// Those of them that the other instance answered first.
        public var hedgesWon: UInt64 = 0
        /// Requests that the gateway answered as no instance did.
        public var failed: UInt64 = 0
        /// Those of them for which an instance took too long.
        public var timeouts: UInt64 = 0
        /// Responses that broke off.
        public var truncated: UInt64 = 0
        /// Requests refused because they make no sense or are ambiguous.
        public var malformed: UInt64 = 0
        /// Answers that stood in for an instance's, by the place of their kind among all of them.
        public var fallbacks: [UInt64] = Array(repeating: 0, count: FallbackKind.allCases.count)

        /// Counts of nothing yet.
        public init() {}

        /// Counts a response.
        public mutating func count(status: Int) {
            let place = status / 100 - 1
            if statuses.indices.contains(place) { statuses[place] &+= 1 }
        }

        /// Counts an answer that stands in for an instance's.
        public mutating func count(fallback kind: FallbackKind) {
            if let place = FallbackKind.allCases.firstIndex(of: kind) { fallbacks[place] &+= 1 }
        }
    }

    /// TLS handshakes since the gateway started, and the certificates that clients are shown now.
    public struct Handshakes: Hashable, Sendable {
        /// A certificate and the end of its time.
        public struct Certificate: Hashable, Sendable {
            /// The path of its file.
            public var file: String
            /// When it expires, in seconds since 1970.
            public var expiry: Int64

            /// The certificate in that file.
            public init(file: String, expiry: Int64) {
                self.file = file
                self.expiry = expiry
            }
        }

        /// How those with one kind of peers went.
        public struct Counts: Hashable, Sendable {
            /// Those that went well.
            public var succeeded: UInt64 = 0
            /// Those that did not, by the place of the reason among all of them.
            public var failures: [UInt64] = Array(repeating: 0, count: TLSHandshakeFailure.allCases.count)

            /// Counts one that has failed.
            public mutating func count(_ failure: TLSHandshakeFailure) {
                if let place = TLSHandshakeFailure.allCases.firstIndex(of: failure) { failures[place] &+= 1 }
            }
        }

        /// Those with clients.
        public var clients = Counts()
        /// Those with servers.
        public var servers = Counts()
        /// What clients are shown.
        public var certificates: [Certificate] = []

        /// Counts of nothing yet.
        public init() {}
    }

    /// One backend that a route names or a connection goes to.
    public struct Backend: Hashable, Sendable {
        /// Numeric address.
        public var address: String
        /// TCP port.
        public var port: UInt16
        /// Connections made or being made to it now.
        public var connections: UInt64

        /// That backend with so many connections.
        public init(address: String, port: UInt16, connections: UInt64) {
            self.address = address
            self.port = port
            self.connections = connections
        }
    }

    /// By route.
    public var routes: [Route]
    /// By backend. One that is not among them has no connection, and gets none.
    public var backends: [Backend]

    /// These counts.
    public init(routes: [Route], backends: [Backend] = []) {
        self.routes = routes
        self.backends = backends
    }
}
