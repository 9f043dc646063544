/// A container as the list of all has it. Names are the API's.
public struct ContainerSummary: Decodable, Sendable {
    /// What the engine calls it.
    public var Id: String
    /// Its names, each with a slash before it; none while it is being removed.
    public var Names: [String]?
    /// `running`, `paused`, …
    public var State: String
    /// `Up 5 minutes (healthy)`, …; Podman does not tell of health here.
    public var Status: String?
    /// Its labels.
    public var Labels: [String: String]?
}

/// A container as it is asked about by itself.
public struct ContainerDetails: Decodable, Sendable {
    /// What it does.
    public struct StateDetails: Decodable, Sendable {
        /// What its health check says.
        public struct HealthDetails: Decodable, Sendable {
            /// `starting`, `healthy`, `unhealthy`; `none` or nothing where there is no check.
            public var Status: String?
        }

        /// `running`, `paused`, …
        public var Status: String
        /// What its health check says; nil where it has none.
        public var Health: HealthDetails?
    }

    /// How it was made.
    public struct ConfigDetails: Decodable, Sendable {
        /// Its health check; nanoseconds.
        public struct HealthcheckDetails: Decodable, Sendable {
            /// What asks; `NONE` switches it off.
            public var Test: [String]?
            /// Between two questions.
            public var Interval: Int64?
            /// For an answer.
            public var Timeout: Int64?
        }

        /// Its labels.
        public var Labels: [String: String]?
        /// How it is asked whether it is well.
        public var Healthcheck: HealthcheckDetails?
    }

    /// What the host gives it.
    public struct HostDetails: Decodable, Sendable {
        /// `bridge`, `host`, `container:ID`, …
        public var NetworkMode: String?
        /// `container:ID` where it sees the processes of another one.
        public var PidMode: String?
        /// `container:ID` where it shares memory with another one.
        public var IpcMode: String?
    }

    /// What the engine calls it.
    public var Id: String
    /// Its name with a slash before it.
    public var Name: String
    /// What it does.
    public var State: StateDetails
    /// How it was made.
    public var Config: ConfigDetails
    /// What the host gives it.
    public var HostConfig: HostDetails?
}

/// Something that happened to a container.
public struct ContainerEvent: Decodable, Sendable {
    /// Whom it happened to.
    public struct ActorDetails: Decodable, Sendable {
        /// What the engine calls it.
        public var ID: String
    }

    /// `die`, `health_status: unhealthy`, …
    public var Action: String
    /// Whom it happened to.
    public var Actor: ActorDetails
    /// When, in nanoseconds since 1970.
    public var timeNano: Int64?
}
