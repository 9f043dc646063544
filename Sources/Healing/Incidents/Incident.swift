public import Stack

/// One failure from its first sign to recovery, by the engine's clock: the deepest failing dependency is its root, the
/// others that fail are its victims.
///
/// It opens when Hale is sure (an end that nobody asked for, a failed start, a verdict) and is dated back to the first
/// sign. It is `resolved` once everyone in it has been well for `settling`, so that a crash loop is one incident, and
/// `closed` once a person stopped, paused, removed or took down its root. What a person does opens none.
public struct Incident: Hashable, Sendable, Codable {
    /// How long everyone must have been well before it counts as over; its end is dated back to when they became well.
    public static let settling = Duration.seconds(5)
    /// A dependency whose first sign comes at most this long after Hale began to act becomes the root.
    public static let afterthought = Duration.seconds(10)
    /// How many moments a timeline holds.
    public static let longestTimeline = 200
    /// How many victims are listed; beyond it those that have recovered go first.
    public static let mostVictims = 1_000

    /// A service that suffers because of the root, or failed together with it.
    public struct Victim: Hashable, Sendable, Codable {
        /// Which one.
        public var service: String
        /// Its first sign, in a sentence.
        public var sign: String
        /// When that was.
        public var since: Instant
        /// When it was well again.
        public var recoveredAt: Instant?

        /// A victim.
        public init(service: String, sign: String, since: Instant, recoveredAt: Instant? = nil) {
            self.service = service
            self.sign = sign
            self.since = since
            self.recoveredAt = recoveredAt
        }
    }

    /// One line of the timeline.
    public struct Moment: Hashable, Sendable, Codable {
        /// When.
        public var time: Instant
        /// What kind of thing.
        public var kind: Entry.Kind
        /// The service it is about.
        public var service: String?
        /// The instance it is about.
        public var instance: InstanceID?
        /// One plain sentence.
        public var text: String
        /// Why, where there is a cause.
        public var cause: String?

        /// A moment.
        public init(
            time: Instant, kind: Entry.Kind, service: String? = nil, instance: InstanceID? = nil, text: String,
            cause: String? = nil
        ) {
            self.time = time
            self.kind = kind
            self.service = service
            self.instance = instance
            self.text = text
            self.cause = cause
        }
    }

    /// Grows by one from incident to incident.
    public var id: Int64
    /// Whether it is over.
    public var state: IncidentRecord.State
    /// The service at fault: the deepest failing dependency.
    public var root: String
    /// What is wrong with the root, in a sentence.
    public var cause: String
    /// The first sign of any service in it.
    public var firstSignAt: Instant
    /// When Hale was sure of the root and began to act; nil while it is not, and where it recovered by itself.
    public var verdictAt: Instant?
    /// When the root was well again.
    public var repairedAt: Instant?
    /// When everybody was well again, or a person ended it.
    public var endedAt: Instant?
    /// Those who suffered, in the order in which they joined.
    public var victims: [Victim]
    /// What happened, the oldest first; at most `longestTimeline` moments.
    public var timeline: [Moment]
    /// Moments that the bound left out, from the middle.
    public var omitted: Int

    /// An incident of which all is known that is given.
    public init(
        id: Int64, state: IncidentRecord.State = .open, root: String, cause: String, firstSignAt: Instant,
        verdictAt: Instant? = nil, repairedAt: Instant? = nil, endedAt: Instant? = nil, victims: [Victim] = [],
        timeline: [Moment] = [], omitted: Int = 0
    ) {
        self.id = id
        self.state = state
        self.root = root
        self.cause = cause
        self.firstSignAt = firstSignAt
        self.verdictAt = verdictAt
        self.repairedAt = repairedAt
        self.endedAt = endedAt
        self.victims = victims
        self.timeline = timeline
        self.omitted = omitted
    }
}

extension Incident {
    /// Puts a moment in its place by time; beyond the bound, the one in the middle is left out and counted.
    mutating func add(_ moment: Moment) {
        var place = timeline.count
        while place > 0, timeline[place - 1].time > moment.time { place -= 1 }
        timeline.insert(moment, at: place)
        guard timeline.count > Self.longestTimeline else { return }
        timeline.remove(at: Self.longestTimeline / 2)
        omitted += 1
    }

    /// Lists a victim, or one that suffers again.
    mutating func add(_ victim: Victim) {
        if let index = victims.firstIndex(where: { $0.service == victim.service }) {
            victims[index].since = min(victims[index].since, victim.since)
            victims[index].recoveredAt = victim.recoveredAt
            return
        }
        if victims.count >= Self.mostVictims, let index = victims.firstIndex(where: { $0.recoveredAt != nil }) {
            victims.remove(at: index)
        }
        victims.append(victim)
    }

    /// Notes since when `service` is well, or that it is not.
    mutating func note(_ service: String, wellSince: Instant?) {
        if service == root {
            repairedAt = wellSince
        } else if let index = victims.firstIndex(where: { $0.service == service }) {
            victims[index].recoveredAt = wellSince
        }
    }

    /// When the last of all was well again.
    var lastRecovery: Instant {
        victims.reduce(repairedAt ?? firstSignAt) { max($0, $1.recoveredAt ?? $0) }
    }
}
