public import Stack

/// Something the engine wants done. The shell carries it out and reports how it went as an `Event`.
public enum Effect: Hashable, Sendable, Codable {
    /// Make the process of that instance; answered by `started` or `startFailed`.
    case start(InstanceID, run: Int)
    /// Should run `run` end by itself, and be it only after a failure, make its successor at once: run `next`, with nothing
    /// asked before. Answered by the successor in `exited`, if it comes to that; a shell may leave it undone.
    case standingOrder(InstanceID, run: Int, next: Int, onlyAfterFailure: Bool)
    /// Forget that order.
    case revokeStandingOrder(InstanceID, run: Int)
    /// Whether one standing order, of whichever instance, may be carried out. Withdrawing that is answered by
    /// `standingOrdersWithdrawn`.
    case allowStandingOrder(Bool)
    /// Say when clients have no connection to the instance any more; answered by `drained`. It gets no new ones from
    /// the next `route` of its service on.
    case drain(InstanceID, run: Int)
    /// Send the instance's process group a signal.
    case signal(InstanceID, run: Int, Int32)
    /// End every process of the instance at once (SIGKILL); answered by `exited`.
    case kill(InstanceID, run: Int)
    /// Freeze every process of the instance.
    case freeze(InstanceID, run: Int)
    /// Let a frozen instance go on.
    case thaw(InstanceID, run: Int)
    /// Ask the instance once whether it is well, within the check's timeout; answered by `probed`.
    case probe(InstanceID, run: Int, timeout: Duration)
    /// Forget a probe that is under way; it is not answered.
    case cancelProbe(InstanceID, run: Int)
    /// Run the service's hooks of that phase; answered by `hooksFinished`.
    case runHooks(InstanceID, run: Int, HookPhase)
    /// Where the gateway sends the service's connections from now on.
    case route(service: String, Routing)
    /// Write this down; every decision comes with one.
    case record(Entry)
    /// An incident as it is now, told whenever something in it has changed; with its end it is told for the last time.
    case incident(Incident)
    /// The stack is down, in order, after `Request.shutDown`.
    case allStopped
}

/// What the gateway does with connections to a service.
public enum Routing: Hashable, Sendable, Codable {
    /// Forward to these instances. One that does not accept yet is tried again until the hold ends.
    case open([InstanceID])
    /// Keep clients waiting: it is being repaired.
    case held
    /// Refuse at once: no repair is under way; the sentence says why.
    case refused(String)
}

/// A line of the story: what the engine saw or decided, and why.
public struct Entry: Hashable, Sendable, Codable {
    /// What kind of thing happened.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case starting, started, startFailed, ready, exited, unhealthy, healthy, restartPlanned, restarting, stopping,
            stopped
        case killed, waiting, unblocked, quarantined, released, failed, completed, operatorAsked, configured, adopted
        case configurationRefused
        case paused, unpaused, maintenance, alert, hookFailed
        /// Where clients' connections go: kept waiting, forwarded, refused.
        case held, forwarding, refusing
        /// The first failed probe, or the first failed calls of clients, of a row that is no verdict yet.
        case suspected
        /// Calls are kept away from an instance, let through on trial, and let through again; the engine knows nothing of it.
        case breakerOpened, breakerHalfOpen, breakerClosed
        /// An incident begins, its root turns out to be another, it turns out to be part of another, it is over.
        case incidentOpened, rootMoved, incidentJoined, incidentEnded
        /// A rolling update begins, an instance or all of it is through, an instance failed in it, it goes no further, it
        /// goes back, it has gone back.
        case updating, updated, updateFailed, updatePaused, rollingBack, rolledBack
        /// An instance gets no new connections before it is stopped.
        case draining
        /// What Hale says of itself; the engine knows nothing of it.
        case healerStarted, roleRestarted, notice, mended, journal
        /// A flag has another value; the engine knows nothing of it.
        case flagChanged
        /// A channel was told of an alert, or never will be; a person looks after one. The engine knows nothing of it.
        case alertSent, alertFailed, alertAcknowledged
    }

    /// What kind of thing happened.
    public var kind: Kind
    /// The service it is about, if one.
    public var service: String?
    /// The instance it is about, if one.
    public var instance: InstanceID?
    /// One plain sentence.
    public var text: String
    /// Why: the cause of a failure or of an action, where there is one.
    public var cause: String?
    /// Who asked, for what a person asked and where that is known.
    public var actor: String?
    /// The incident that covers the service, if one does.
    public var incident: Int64?

    /// An entry about nothing in particular unless said.
    public init(
        _ kind: Kind, service: String? = nil, instance: InstanceID? = nil, text: String, cause: String? = nil,
        actor: String? = nil, incident: Int64? = nil
    ) {
        self.kind = kind
        self.service = service ?? instance?.service
        self.instance = instance
        self.text = text
        self.cause = cause
        self.actor = actor
        self.incident = incident
    }
}
