public import Platform

/// What the binary is besides the command line: Hale's own processes, each until it ends, with its exit code.
public struct Roles: Sendable {
    /// Runs one of the processes for the project with those places.
    public typealias Run = @Sendable (Locations) -> Int32

    /// `hale keeper -p NAME`.
    public var keeper: Run
    /// `hale healer -p NAME`.
    public var healer: Run
    /// `hale gateway -p NAME`.
    public var gateway: Run

    /// Those three.
    public init(keeper: @escaping Run, healer: @escaping Run, gateway: @escaping Run) {
        self.keeper = keeper
        self.healer = healer
        self.gateway = gateway
    }

    subscript(_ role: RoleVerb) -> Run {
        switch role {
        case .keeper: keeper
        case .healer: healer
        case .gateway: gateway
        }
    }
}

/// The verbs with which Hale calls itself.
enum RoleVerb: String, CaseIterable {
    case keeper, healer, gateway

    var manual: Manual {
        let summary =
            switch self {
            case .keeper: "Own the listening sockets and the processes of a project"
            case .healer: "Decide what a project needs, and have the keeper do it"
            case .gateway: "Forward clients to the services of a project"
            }
        return Manual(
            verb: rawValue, summary: summary, details: "Hale starts this process by itself; nobody else needs to.",
            examples: [.init(line: "hale \(rawValue) -p shop", meaning: "as 'hale up' starts it")], isHidden: true)
    }
}
