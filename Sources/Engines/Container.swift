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
    /// How it is found.
    public var NetworkSettings: ContainerDetails.NetworkDetails?
}

/// A container as it is asked about by itself.
public struct ContainerDetails: Decodable, Sendable {
    /// What it does.
    public struct StateDetails: Decodable, Sendable {
        /// What its health check says.
        public struct HealthDetails: Decodable, Sendable {
            /// `starting`, `healthy`, `unhealthy`; `none` or nothing where there is no check.
            public var Status: String?
            /// How the last checks went, the newest at the end.
            public var Log: [CheckDetails]?
        }

        /// How a health check went.
        public struct CheckDetails: Decodable, Sendable {
            /// 0 where all was well.
            public var ExitCode: Int?
            /// What it printed.
            public var Output: String?
        }

        /// `running`, `paused`, …
        public var Status: String
        /// What its health check says; nil where it has none.
        public var Health: HealthDetails?
        /// Its first process, as the engine's machine counts; 0 where it does not run.
        public var Pid: Int32?
        /// How it ended last.
        public var ExitCode: Int?
        /// Whether it ended for want of memory.
        public var OOMKilled: Bool?
        /// When it was started last (RFC 3339).
        public var StartedAt: String?
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
        /// What the engine does when it ends.
        public struct RestartDetails: Decodable, Sendable {
            /// `no`, `always`, …
            public var Name: String?
            /// How often at the most.
            public var MaximumRetryCount: Int?
        }

        /// A port of the host that leads to one of its own.
        public struct BindingDetails: Decodable, Sendable {
            /// The address that is listened on.
            public var HostIp: String?
            /// The port.
            public var HostPort: String?
        }

        /// `bridge`, `host`, `container:ID`, …
        public var NetworkMode: String?
        /// `container:ID` where it sees the processes of another one.
        public var PidMode: String?
        /// `container:ID` where it shares memory with another one.
        public var IpcMode: String?
        /// What the engine does when it ends.
        public var RestartPolicy: RestartDetails?
        /// Ports of the host that lead to it, by its own (`80/tcp`).
        public var PortBindings: [String: [BindingDetails]?]?
    }

    /// How it is found.
    public struct NetworkDetails: Decodable, Sendable {
        /// Its place in one network.
        public struct EndpointDetails: Decodable, Sendable {
            /// Its address; empty while it does not run.
            public var IPAddress: String?
            /// Its IPv6 address.
            public var GlobalIPv6Address: String?
            /// The network.
            public var NetworkID: String?
        }

        /// By the networks' names.
        public var Networks: [String: EndpointDetails]?
    }

    /// What the engine calls it.
    public var Id: String
    /// Its name with a slash before it.
    public var Name: String
    /// Its hosts(5) file on the engine's machine; empty before its first start.
    public var HostsPath: String?
    /// The image it was made from, by its digest.
    public var Image: String?
    /// What it does.
    public var State: StateDetails
    /// How it was made.
    public var Config: ConfigDetails
    /// What the host gives it.
    public var HostConfig: HostDetails?
    /// How it is found.
    public var NetworkSettings: NetworkDetails?
}

/// Something that happened to a container.
public struct ContainerEvent: Decodable, Sendable {
    /// Whom it happened to.
    public struct ActorDetails: Decodable, Sendable {
        /// What the engine calls it.
        public var ID: String
        /// Its labels, and what belongs to the event: `exitCode`, `signal`.
        public var Attributes: [String: String]?
    }

    /// `die`, `health_status: unhealthy`, …
    public var Action: String
    /// Whom it happened to.
    public var Actor: ActorDetails
    /// When, in nanoseconds since 1970.
    public var timeNano: Int64?
}
