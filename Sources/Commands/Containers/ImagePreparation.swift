internal import Engines
internal import Platform
internal import Stack

/// Has the images of a stack at hand before it is brought up: pulled or built, as their services say.
struct ImagePreparation {
    let session: Session
    let endpoint: EngineEndpoint

    /// The stack with what its images say.
    func prepare(_ stack: Stack) throws -> Stack {
        let engine = try connect()
        let store = ImageStore(engine, credentials: RegistryCredentials(session.environment))
        session.console.note("hale: on the engine \(engine.engine) at \(endpoint.description)")
        for service in stack.services.values.sorted(by: { $0.name < $1.name }) where service.replicas > 0 {
            try provide(service, store)
        }
        return try store.adorned(stack)
    }

    /// The stack with what those of its images say that are there.
    func adorn(_ stack: Stack) throws -> Stack {
        try ImageStore(try connect(), credentials: RegistryCredentials(session.environment)).adorned(stack)
    }

    private func connect() throws(CommandFailure) -> EngineSession {
        do throws(EngineError) { return try EngineClient(endpoint).connect() } catch {
            throw CommandFailure(
                "no container engine can be asked (\(endpoint.source) leads to \(endpoint.description)): \(error); start it, "
                    + "say where it is by DOCKER_HOST, or give each service an x-hale.run to run it without one")
        }
    }

    private func provide(_ service: Service, _ store: ImageStore) throws {
        guard let container = service.launch.container else { return }
        if let build = service.build {
            let isThere = try store.image(container.image) != nil
            guard container.pullPolicy == .build || !isThere else { return }
            return try self.build(build, for: service, store)
        }
        let now = Calendar.now() / 1_000_000_000
        if container.pullPolicy == .never {
            guard try store.image(container.image) == nil else { return }
            throw CommandFailure(
                "\(service.name) needs the image \(container.image), which is not there, and its pull_policy is never")
        }
        guard try store.isPullDue(container.image, container.pullPolicy, now: now) else { return }
        try pull(container, for: service, store)
    }

    private func build(_ build: ImageBuild, for service: Service, _ store: ImageStore) throws {
        guard build.beyondEngine.isEmpty else {
            throw CommandFailure(
                "build.\(build.beyondEngine.sorted().joined(separator: ", build.")) of \(service.name) needs BuildKit, which the "
                    + "engine's own builder is not; build it with 'docker compose build \(service.name)' first")
        }
        session.console.note("hale: building \(build.image) for \(service.name)")
        do throws(EngineError) {
            try store.build(build) { line in session.console.note("  \(line)") }
        } catch {
            throw CommandFailure("the image of \(service.name) cannot be built: \(error)")
        }
    }

    private func pull(_ container: ContainerSpecification, for service: Service, _ store: ImageStore) throws {
        session.console.note("hale: pulling \(container.image) for \(service.name)")
        do throws(EngineError) {
            try store.pull(ImageReference(container.image), platform: container.platform)
        } catch {
            // An older one will do where nobody asked for the newest.
            if container.pullPolicy != .always, try store.image(container.image) != nil {
                session.console.note("hale: going on with the \(container.image) that is there: \(error)")
                return
            }
            throw CommandFailure("the image \(container.image) of \(service.name) cannot be pulled: \(error)")
        }
    }
}
