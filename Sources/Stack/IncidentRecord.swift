/// One failure from its first sign to recovery, with its root and its victims, as journal, API and command line know
/// it. Times are nanoseconds since 1970 in UTC.
public struct IncidentRecord: Hashable, Sendable, Codable {
    /// Whether it is over.
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        /// Something is still not well.
        case open
        /// Everybody is well again.
        case resolved
        /// A person stopped, removed or took down what was not well.
        case closed
    }

    /// A service that suffered because of the root.
    public struct Victim: Hashable, Sendable, Codable {
        /// Which one.
        public var service: String
        /// Its first sign, in a sentence.
        public var sign: String
        /// When that was.
        public var since: Int64
        /// When it was well again.
        public var recoveredAt: Int64?

        /// A victim.
        public init(service: String, sign: String, since: Int64, recoveredAt: Int64? = nil) {
            self.service = service
            self.sign = sign
            self.since = since
            self.recoveredAt = recoveredAt
        }
    }

    /// One line of the timeline: a sign, a verdict, an action or a recovery.
    public struct Moment: Hashable, Sendable, Codable {
        /// When.
        public var time: Int64
        /// What kind of thing: the raw value of `Entry.Kind`.
        public var kind: String
        /// The service it is about.
        public var service: String?
        /// The instance it is about.
        public var instance: String?
        /// One plain sentence.
        public var text: String
        /// Why, where there is a cause.
        public var cause: String?

        /// A moment.
        public init(
            time: Int64, kind: String, service: String? = nil, instance: String? = nil, text: String,
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

    /// What an instance printed last before it failed.
    public struct LogTail: Hashable, Sendable, Codable {
        /// Which instance, or what of it: `redis-1`, `the health check of web`.
        public var instance: String
        /// Its last lines, at most 50, as its log file has them.
        public var lines: [String]

        /// A tail.
        public init(instance: String, lines: [String]) {
            self.instance = instance
            self.lines = lines
        }
    }

    /// Grows by one from incident to incident.
    public var id: Int64
    /// Whether it is over.
    public var state: State
    /// The service at fault: the deepest failing dependency.
    public var root: String
    /// What is wrong with the root, in a sentence ("ended by SIGKILL").
    public var cause: String
    /// The first sign of any service in it.
    public var firstSignAt: Int64
    /// When Hale was sure and began to act; nil while it is not, and where it recovered by itself.
    public var verdictAt: Int64?
    /// When the root was well again.
    public var repairedAt: Int64?
    /// When everybody was well again, or a person ended it.
    public var endedAt: Int64?
    /// Those who suffered, in the order in which they joined.
    public var victims: [Victim]
    /// What happened, the oldest first; bounded, with the number left out in `omitted`.
    public var timeline: [Moment]
    /// Moments that the bound left out, from the middle.
    public var omitted: Int
    /// What failed instances printed last.
    public var logs: [LogTail]

    /// An incident of which all is known that is given.
    public init(
        id: Int64, state: State, root: String, cause: String, firstSignAt: Int64, verdictAt: Int64? = nil,
        repairedAt: Int64? = nil, endedAt: Int64? = nil, victims: [Victim] = [], timeline: [Moment] = [],
        omitted: Int = 0, logs: [LogTail] = []
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
        self.logs = logs
    }
}

/// Why a service is as it is and what happens next, in plain sentences; what `hale explain` prints.
public struct Explanation: Hashable, Sendable, Codable {
    /// The service.
    public var service: String
    /// The sentences, in reading order: what it is and since when, why, the evidence, what it waits on, what will happen
    /// next and when, what a person can do. Times are spelled out in them.
    public var sentences: [String]
    /// The incident it is part of now, or was part of last.
    public var incident: Int64?

    /// An explanation.
    public init(service: String, sentences: [String], incident: Int64? = nil) {
        self.service = service
        self.sentences = sentences
        self.incident = incident
    }
}
