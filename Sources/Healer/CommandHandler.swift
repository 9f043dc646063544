internal import Compose
internal import Control
internal import Healing
internal import Platform
internal import Runtimes
internal import Stack

/// Carries out what people ask for, on the healer's thread.
extension HealerLoop {
    /// Fills `slot` once the command was taken; its effect may take longer.
    func perform(_ command: ControlCommand, by actor: String, _ slot: ReplySlot) {
        switch command {
        case .apply(let request): applyAndKeep(request) { slot.fill($0) }
        case .reload: reload(by: actor) { slot.fill($0) }
        case .releaseStack: slot.fill(releaseStack(by: actor))
        case .down(let grace, let volumes): slot.fill(takeDown(grace: grace, removingVolumes: volumes, by: actor))
        case .service(let name, let action): fillOnceKept(slot, act(on: name, action, by: actor))
        case .pauseHealing(let seconds): fillOnceKept(slot, pauseHealing(seconds, by: actor))
        case .breaker(let name, let action): slot.fill(order(action, of: name, by: actor))
        case .setFlag(let name, let value, let seconds):
            fillOnceKept(slot, flags.set(name, value, for: duration(seconds), by: actor, engine))
        case .clearFlag(let name): fillOnceKept(slot, flags.clear(name, by: actor, engine))
        case .acknowledgeAlert(let id): fillOnceKept(slot, alerts.acknowledge(id, by: actor))
        case .heartbeat(let name): slot.fill(heartbeat(name))
        }
    }

    /// What a person was told is done outlives the host.
    private func fillOnceKept(_ slot: ReplySlot, _ reply: ControlReply) {
        files.writer.afterwards { slot.fill(reply) }
    }

    private static let engineLimit = Duration.seconds(3)

    /// An engine that is not there is no reason to let whoever asks wait: what is asked for holds once it is.
    private func applyAndKeep(_ request: ApplyRequest, then: @escaping (ControlReply) -> Void) {
        do {
            try files.save(request)
        } catch {
            warn("the configuration is in force but could not be kept for a restart of Hale: \(error)")
        }
        var answer: ((ControlReply) -> Void)? = then
        let fill = { (text: String) in
            answer?(.done(text))
            answer = nil
        }
        apply(request) { fill("applied") }
        reactor.schedule(at: Instant.now() + Self.engineLimit) { fill("applied once the container engine is there") }
    }

    /// Reads the Compose files again. What is wrong changes nothing: the last good configuration stays in force.
    func reload(by actor: String, then: @escaping (ControlReply) -> Void) {
        guard let configuration else { return then(.refused("nothing was applied yet; run `hale up`")) }
        do {
            let request = ApplyRequest(stack: try read(configuration), source: configuration.source)
            guard let containers = instances.containers, request.stack.containers != nil else {
                return take(request, then: then)
            }
            containers.adorn(request.stack) { [weak self] result in
                guard let self else { return }
                switch result {
                case .success(let stack): take(ApplyRequest(stack: stack, source: request.source), then: then)
                case .failure(let error): then(refuse(error, by: actor))
                }
            }
        } catch {
            then(refuse(error, by: actor))
        }
    }

    private func read(_ configuration: ApplyRequest) throws(ComposeError) -> Stack {
        let source = configuration.source
        let options = ComposeOptions(
            files: source.files, projectDirectory: source.projectDirectory, projectName: source.projectName,
            profiles: source.profiles, environmentFiles: source.environmentFiles,
            environment: source.environment, currentDirectory: source.projectDirectory)
        let present = configuration.stack.containers
        var stack = try ComposeProject.load(options).stack(
            scale: source.scale, services: source.services, withoutDependencies: source.withoutDependencies,
            runtime: present == nil ? .processes : .containers)
        stack.containers?.engine = present?.engine
        return stack
    }

    private func take(_ request: ApplyRequest, then: @escaping (ControlReply) -> Void) {
        notices.remove { $0.hasPrefix(Self.refusedPrefix) }
        applyAndKeep(request, then: then)
    }

    private func refuse(_ error: any Error, by actor: String) -> ControlReply {
        let sentence = "\(Self.refusedPrefix), the last good one stays in force: \(error)"
        notices.remove { $0.hasPrefix(Self.refusedPrefix) }
        _ = notices.add(sentence)
        feed(.configurationRefused("\(error)", by: actor))
        return .refused(sentence)
    }

    private static let refusedPrefix = "the changed configuration is refused"

    private func takeDown(grace: Double?, removingVolumes: Bool, by actor: String) -> ControlReply {
        onAllStopped = { [weak self] in self?.finishDown(removingVolumes: removingVolumes) }
        feed(.asked(.shutDown(grace: duration(grace)), by: actor))
        return .done("stopping")
    }

    /// Forgets the stack, so that nothing comes back by itself, and ends every process of Hale's.
    private func finishDown(removingVolumes: Bool) {
        // People who were told that it fails are told that it was taken down, if that can be done soon.
        alerts.afterDeliveries(within: Self.deliveryLimit) { [weak self] in self?.removeAll(removingVolumes) }
    }

    private static let deliveryLimit = Duration.seconds(3)

    private func removeAll(_ removingVolumes: Bool) {
        guard let containers = instances.containers else { return end(removingVolumes: removingVolumes) }
        containers.remove(volumes: removingVolumes) { [weak self] problems in
            for problem in problems { Log.write(problem) }
            self?.end(removingVolumes: removingVolumes)
        }
    }

    /// Leaves the containers to their engine, as they are, and ends every process of Hale's.
    private func releaseStack(by actor: String) -> ControlReply {
        guard let containers = instances.containers, isInForce else {
            return .refused(
                "only a stack of containers can be released, once its engine is there; 'hale down' takes this one down")
        }
        write(Entry(.operatorAsked, text: "asked to leave the containers to their engine", actor: actor))
        containers.release { [weak self] problems in
            for problem in problems { Log.write(problem) }
            self?.end(removingVolumes: false)
        }
        return .done("released")
    }

    private func end(removingVolumes: Bool) {
        try? files.save(nil as ApplyRequest?)
        files.save(OperatorWishes())
        files.save(InstanceRecords())
        files.save(ContainerBook())
        flags.forget()
        alerts.forget()
        files.writer.flush(for: .seconds(5))
        if removingVolumes { removeTree(locations.volumes) }
        networks.removeAll()
        keeper.send(.shutDown(killChildren: true))
    }

    private func act(on name: String, _ action: ServiceAction, by actor: String) -> ControlReply {
        guard configuration?.stack.services[name] != nil else {
            let known = configuration?.stack.services.keys.sorted().joined(separator: ", ") ?? ""
            return .notFound("there is no service '\(name)'; there are: \(known)")
        }
        feed(.asked(request(name, action), by: actor))
        return .done(name)
    }

    private func pauseHealing(_ seconds: Double, by actor: String) -> ControlReply {
        feed(.asked(.pauseHealing(for: duration(seconds) ?? .zero), by: actor))
        return .done(seconds > 0 ? "Hale is paused" : "Hale acts again")
    }

    private func request(_ name: String, _ action: ServiceAction) -> Request {
        switch action {
        case .start: .start(service: name)
        case .stop(let grace): .stop(service: name, grace: duration(grace))
        case .restart(let grace): .restart(service: name, grace: duration(grace))
        case .kill(let signal): .kill(service: name, signal: signal)
        case .pause: .pause(service: name)
        case .unpause: .unpause(service: name)
        case .maintenance(let seconds): .maintenance(service: name, for: duration(seconds) ?? .zero)
        case .releaseQuarantine: .releaseQuarantine(service: name)
        }
    }

    /// Seconds from outside as a duration; what is no sensible number counts as not given.
    private func duration(_ seconds: Double?) -> Duration? {
        guard let seconds, seconds.isFinite, seconds >= 0, seconds < 1e9 else { return nil }
        return .nanoseconds(Int64(seconds * 1e9))
    }

    private func heartbeat(_ name: String) -> ControlReply {
        for report in engine.report() where report.id.description == name || report.id.service == name {
            feed(.heartbeat(report.id, run: report.run))
            return .done(name)
        }
        return .notFound("there is no instance '\(name)'")
    }
}
