internal import FoundationEssentials

/// An image as the engine has it. Names are the API's.
public struct ImageDetails: Decodable, Hashable, Sendable {
    /// What containers of it are made with unless they say otherwise.
    public struct ConfigDetails: Decodable, Hashable, Sendable {
        /// Its health check; nanoseconds.
        public struct HealthcheckDetails: Decodable, Hashable, Sendable {
            /// What asks; `NONE` switches it off.
            public var Test: [String]?
            /// Between two questions.
            public var Interval: Int64?
            /// For an answer.
            public var Timeout: Int64?
            /// In which failures do not count.
            public var StartPeriod: Int64?
            /// Between two questions in that time.
            public var StartInterval: Int64?
            /// Failures in a row that make it unhealthy.
            public var Retries: Int?
        }

        /// `PORT/PROTOCOL`.
        public var ExposedPorts: NameSet?
        /// How it is asked whether it is well.
        public var Healthcheck: HealthcheckDetails?
        /// What asks it to end; nil is SIGTERM.
        public var StopSignal: String?
        /// Folders that get an anonymous volume.
        public var Volumes: NameSet?
        /// What it runs, or the arguments of its entry point.
        public var Cmd: [String]?
        /// Its entry point.
        public var Entrypoint: [String]?
        /// The variables that it sets, `NAME=value`.
        public var Env: [String]?
        /// As whom; empty is root.
        public var User: String?
        /// Its labels.
        public var Labels: [String: String]?
    }

    /// The keys of an object whose values say nothing.
    public struct NameSet: Decodable, Hashable, Sendable {
        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        /// The keys, sorted.
        public var names: [String]

        /// Reads an object.
        public init(from decoder: any Decoder) throws {
            names = try decoder.container(keyedBy: Key.self).allKeys.map(\.stringValue).sorted()
        }
    }

    /// What the engine notes of it and no registry has.
    struct MetadataDetails: Decodable, Hashable {
        var LastTagTime: String?
    }

    /// Its digest in the engine.
    public var Id: String
    /// `NAME:TAG`.
    public var RepoTags: [String]?
    /// `NAME@DIGEST` in registries.
    public var RepoDigests: [String]?
    /// When it was built, RFC 3339.
    public var Created: String?
    /// What containers of it are made with.
    public var Config: ConfigDetails?
    /// `amd64`, …
    public var Architecture: String?
    /// `linux`, …
    public var Os: String?
    var Metadata: MetadataDetails?

    /// When it was last given a name here, which a pull and a build do: seconds since 1970; nil where the engine does not say.
    public var lastTagged: Int64? {
        guard var text = Metadata?.LastTagTime else { return nil }
        // Fractions have as many digits as the engine likes.
        if let point = text.firstIndex(of: ".") {
            text.replaceSubrange(point..., with: text[point...].dropFirst().drop(while: \.isNumber))
        }
        guard let date = try? Date(text, strategy: .iso8601) else { return nil }
        // The year 1 stands for never.
        let seconds = Int64(date.timeIntervalSince1970)
        return seconds > 0 ? seconds : nil
    }
}
