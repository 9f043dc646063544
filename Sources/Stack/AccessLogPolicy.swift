/// How the requests and connections of a service are logged.
public struct AccessLogPolicy: Hashable, Sendable, Codable {
    /// How a line is written.
    public enum Format: String, Hashable, Sendable, Codable, CaseIterable {
        /// A JSON object.
        case json
        /// `key=value` pairs.
        case logfmt
    }

    /// How a line is written.
    public var format: Format
    /// When the file is put aside.
    public var rotation: LogRotation

    /// Lines of that format.
    public init(format: Format, rotation: LogRotation = LogRotation()) {
        self.format = format
        self.rotation = rotation
    }
}
