/// That a service needs another one, as `depends_on` says it.
public struct Dependency: Hashable, Sendable, Codable {
    /// What must be true of the other service before this one starts.
    public enum Condition: String, Hashable, Sendable, Codable {
        /// Its instances were started.
        case started = "service_started"
        /// Its health check passes.
        case healthy = "service_healthy"
        /// It ended with exit code 0.
        case completedSuccessfully = "service_completed_successfully"
    }

    /// The service that is needed.
    public var service: String
    /// What is waited for.
    public var condition: Condition
    /// Restart the dependent whenever the dependency was restarted, whatever the cause.
    public var restart: Bool
    /// Whether the dependent may start without it when it is not part of the stack.
    public var required: Bool

    /// A dependency on `service`; the defaults are those of the Compose Specification.
    public init(
        _ service: String, condition: Condition = .started, restart: Bool = false, required: Bool = true
    ) {
        self.service = service
        self.condition = condition
        self.restart = restart
        self.required = required
    }
}
