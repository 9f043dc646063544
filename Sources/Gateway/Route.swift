internal import Breaking
internal import Encryption
internal import Stack
internal import Wire

/// One service port on its way through the gateway.
struct Route {
    /// What happens to a new connection or request.
    enum State: Equatable {
        /// It goes to a backend; while none accepts, it waits in line and one at a time asks again.
        case open
        /// It waits in line.
        case held
        /// It is refused at once.
        case refused
    }

    let service: String
    let target: UInt16
    /// Whether the configuration names it. One that it no longer names stays until its connections have ended.
    var isConfigured = true
    var state: State
    /// The instances that may be asked while it is open.
    var pool = InstancePool()
    /// Nanoseconds that a connection or a request may wait, from its arrival.
    var hold: Int64
    /// How its clients are treated otherwise.
    var treatment: Treatment
    /// How many requests may be sent again.
    var retries: RetryBudget
    /// Counts the changes of `state` and of the pool.
    var revision = 0
    /// Those who wait.
    var waiting = WaitingLines()
    /// How many calls may be in progress; nil is any number.
    var limit: ConcurrencyLimit?
    /// How many are, where that is limited.
    var inFlight = 0
    /// Requests for which another instance is asked in a while, in the order in which they were sent.
    var hedgeable = Line()
    /// How long the latest answers took to begin; nil where that does not matter.
    private(set) var latencies: LatencyWindow?
    /// Calls by client, where they are limited.
    var clients = ClientCounts()
    /// How fast those who waited are let go; nil while nobody has been let go yet, or all may go.
    var ramp: Ramp?
    var retryDelay = RetryDelay()
    /// Whether somebody has waited until the hold ended, and no instance has answered since.
    var waitedInVain = false
    /// When the first in line asks the backends again; never nil while `state` is open and somebody waits.
    var retryAt: Int64?
    /// Connections that came in by this route and have not ended.
    var connections = 0
    var counters: GatewayCounters.Route
    /// How its clients are spoken to over TLS; nil where they are not.
    var termination: TLSMaterial<TLSServerSettings>?
    /// How its instances are; nil where they are not.
    var origination: TLSMaterial<TLSOriginationPolicy>?
    /// Where its clients are logged; nil where they are not.
    var accessLog: AccessLog?
    /// The name of its service, as logs write it.
    let logName: [UInt8]

    /// How and where clients are logged.
    struct AccessLog {
        let policy: AccessLogPolicy
        /// The place of the file in the `AccessLog`.
        let file: Int32
    }

    init(_ route: GatewayConfiguration.Route, state: State) {
        service = route.service
        target = route.target
        logName = Array(route.service.utf8)
        self.state = state
        hold = route.hold.nanoseconds
        treatment = Treatment(route)
        latencies = treatment.isHedged ? LatencyWindow() : nil
        limit = treatment.load.concurrency.map { ConcurrencyLimit(policy: $0) }
        retries = RetryBudget(policy: Self.budget(route.traffic.retry))
        counters = GatewayCounters.Route(service: service, target: target)
    }

    /// Takes over what the configuration says of clients.
    mutating func treat(as route: GatewayConfiguration.Route) {
        hold = route.hold.nanoseconds
        treatment = Treatment(route)
        latencies = treatment.isHedged ? latencies ?? LatencyWindow() : nil
        setLimit(treatment.load.concurrency)
        let budget = Self.budget(route.traffic.retry)
        if budget != retries.policy { retries = RetryBudget(policy: budget) }
    }

    /// A call that began while there was no limit has no slot to give back.
    private mutating func setLimit(_ policy: ConcurrencyLimit.Policy?) {
        guard let policy else {
            limit = nil
            return
        }
        guard limit?.policy != policy else { return }
        if limit == nil { limit = ConcurrencyLimit(policy: policy) } else { limit?.update(policy: policy) }
    }

    private static func budget(_ policy: RetryPolicy) -> RetryBudget.Policy {
        RetryBudget.Policy(ratio: policy.budget, floor: Double(policy.floor))
    }

    /// Notes how many nanoseconds an answer took to begin.
    mutating func noteLatency(_ nanoseconds: Int64) {
        latencies?.record(nanoseconds)
    }

    /// Nanoseconds after which another instance is asked as well; nil is never, or not known yet.
    var hedgeDelay: Int64? {
        switch treatment.hedging {
        case .off: nil
        case .percentile95: latencies?.percentile95.map { max($0, 1_000_000) }
        case .after(let delay): delay.nanoseconds
        }
    }

    /// Whether a connection that arrived then has waited long enough.
    func isExpired(arrival: Int64, at now: Int64) -> Bool {
        now >= expiry(arrival: arrival)
    }

    /// When a connection that arrived then has waited long enough.
    func expiry(arrival: Int64) -> Int64 {
        let (sum, overflow) = arrival.addingReportingOverflow(hold)
        return overflow ? .max : sum
    }
}
