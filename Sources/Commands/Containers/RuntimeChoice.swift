internal import Compose
internal import Control
internal import Engines
internal import Stack

/// What a stack runs on: processes, or the containers of an engine.
struct RuntimeChoice {
    static let option = Option.value(
        "runtime", of: "RUNTIME", help: "process, docker, podman or auto (default), instead of x-hale.runtime",
        choices: RuntimeWish.self)

    /// Plain processes where it is nil.
    let endpoint: EngineEndpoint?
    private let scope: (scale: [String: Int], session: Session)

    /// What `wish`, or else the file, wants. Where neither says, it is what `running` runs on already; for a stack that does not,
    /// processes if every service says what to run without an engine, and otherwise the engine that the docker command would
    /// use.
    static func choose(
        _ wish: RuntimeWish?, for project: ComposeProject, scale: [String: Int] = [:], running: Stack? = nil,
        in session: Session
    ) throws -> RuntimeChoice {
        let wish = try wish ?? project.runtimeWish() ?? .auto
        if wish == .auto, let running { return try present(running, scale: scale, in: session) }
        let environment = session.environment
        let endpoint: EngineEndpoint? =
            switch wish {
            case .process: nil
            case .docker: try EngineEndpoint.find(environment)
            case .podman: try EngineEndpoint.find(environment, prefersPodman: true)
            case .auto:
                Runnable.silent(in: try project.stack(scale: scale)).isEmpty
                    ? nil : try EngineEndpoint.find(environment)
            }
        return RuntimeChoice(endpoint: endpoint, scope: (scale, session))
    }

    /// What a stack runs on already.
    static func present(_ saved: Stack, scale: [String: Int] = [:], in session: Session) throws -> RuntimeChoice {
        let endpoint = try saved.containers.map { try EngineEndpoint.find(session.environment, host: $0.engine) }
        return RuntimeChoice(endpoint: endpoint, scope: (scale, session))
    }

    /// What the stack's instances are on it.
    var kind: StackRuntime { endpoint == nil ? .processes : .containers }

    /// The stack of `project` for it.
    func stack(
        of project: ComposeProject, services: [String] = [], withoutDependencies: Bool = false
    ) throws(ComposeError) -> Stack {
        var stack = try project.stack(
            scale: scope.scale, services: services, withoutDependencies: withoutDependencies,
            runtime: kind)
        stack.containers?.engine = endpoint?.description
        return stack
    }

    /// Refuses what cannot run on it.
    func check(_ stack: Stack) throws(CommandFailure) {
        if endpoint == nil { try Runnable.check(stack) }
    }

    /// The stack with its images there and what they say in it; without an engine the stack as it is.
    func prepare(_ stack: Stack) throws -> Stack {
        guard let endpoint else { return stack }
        return try ImagePreparation(session: scope.session, endpoint: endpoint).prepare(stack)
    }

    /// The stack with what those of its images say that are there.
    func adorn(_ stack: Stack) throws -> Stack {
        guard let endpoint else { return stack }
        return try ImagePreparation(session: scope.session, endpoint: endpoint).adorn(stack)
    }
}
