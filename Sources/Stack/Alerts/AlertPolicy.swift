/// Who is told what, and when, as `x-hale.alerts` says.
public struct AlertPolicy: Hashable, Sendable, Codable {
    /// The channels, in the order of the file.
    public var channels: [AlertChannel]
    /// Which alerts go where; where there are none, all from warnings on go to every channel.
    public var routes: [AlertRoute]
    /// How long an incident has to last before anybody is told, unless Hale gives up on a service before.
    public var groupWait: Duration
    /// How long after one message the next to the same channel waits for company.
    public var groupInterval: Duration
    /// How often an alert that goes on and that nobody has acknowledged is told again; nil is never.
    public var repeatInterval: Duration?
    /// When only what is severe is told.
    public var quietHours: QuietHours?
    /// Who is told besides where nobody acknowledges, the shortest time first.
    public var escalation: [AlertEscalation]

    /// Nobody is told anything, and Hale's defaults otherwise.
    public init(
        channels: [AlertChannel] = [], routes: [AlertRoute] = [], groupWait: Duration = .seconds(10),
        groupInterval: Duration = .seconds(30), repeatInterval: Duration? = .seconds(14_400),
        quietHours: QuietHours? = nil, escalation: [AlertEscalation] = []
    ) {
        self.channels = channels
        self.routes = routes
        self.groupWait = groupWait
        self.groupInterval = groupInterval
        self.repeatInterval = repeatInterval
        self.quietHours = quietHours
        self.escalation = escalation
    }

    /// The channel of that name.
    public func channel(_ name: String) -> AlertChannel? { channels.first { $0.name == name } }

    /// The channels that an alert about that service goes to, in the order of the file.
    public func channels(for service: String, _ severity: AlertSeverity) -> [String] {
        guard !routes.isEmpty else { return severity >= .warning ? channels.map(\.name) : [] }
        var names: Set<String> = []
        for route in routes where route.takes(service, severity) {
            names.formUnion(route.to)
            if !route.goesOn { break }
        }
        return channels.map(\.name).filter(names.contains)
    }
}

/// A rule that leads alerts to channels. The first that takes an alert is the last that is looked at, unless it goes on.
public struct AlertRoute: Hashable, Sendable, Codable {
    /// Takes alerts that are at least that severe.
    public var severity: AlertSeverity
    /// Takes alerts about these services; nil is any.
    public var services: Set<String>?
    /// The channels.
    public var to: [String]
    /// Whether the routes after it are looked at as well.
    public var goesOn: Bool

    /// A route for warnings and worse where nothing is said.
    public init(
        severity: AlertSeverity = .warning, services: Set<String>? = nil, to: [String], goesOn: Bool = false
    ) {
        self.severity = severity
        self.services = services
        self.to = to
        self.goesOn = goesOn
    }

    /// Whether an alert about that service is for it.
    public func takes(_ service: String, _ severity: AlertSeverity) -> Bool {
        severity >= self.severity && services?.contains(service) != false
    }
}

/// Who is told besides where an alert goes on and nobody has acknowledged it.
public struct AlertEscalation: Hashable, Sendable, Codable {
    /// How long after the first message.
    public var after: Duration
    /// The channels.
    public var to: [String]
    /// Alerts that are at least that severe.
    public var severity: AlertSeverity

    /// A step for warnings and worse where nothing is said.
    public init(after: Duration, to: [String], severity: AlertSeverity = .warning) {
        self.after = after
        self.to = to
        self.severity = severity
    }
}

/// Hours of the week in which only what is severe is told; the rest is told when they are over, if it still goes on.
public struct QuietHours: Hashable, Sendable, Codable {
    /// When they begin, in minutes since midnight.
    public var from: Int
    /// When they end; at or before `from` is on the next day.
    public var to: Int
    /// Days on which they begin, Monday is 1; empty is every day.
    public var days: Set<Int>
    /// The name of the time zone (`Europe/Berlin`); nil is the machine's.
    public var timeZone: String?
    /// What is told nevertheless.
    public var severity: AlertSeverity

    /// Hours of every day in which only critical alerts are told.
    public init(
        from: Int, to: Int, days: Set<Int> = [], timeZone: String? = nil, severity: AlertSeverity = .critical
    ) {
        self.from = from
        self.to = to
        self.days = days
        self.timeZone = timeZone
        self.severity = severity
    }
}
