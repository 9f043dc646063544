internal import Engines
internal import Platform
internal import Stack

/// What the engine says of the project's containers.
extension ContainerRuntime {
    /// How long after its end it may be told that a container was stopped by a person: `docker stop` says so last.
    static let stopWindow = Duration.milliseconds(400)

    func take(_ news: EngineLink.News) {
        switch news {
        case .connected(let containers, let missed): reconcile(containers, missed)
        case .happened(let event):
            if reconciliations > 0 { early.append(event) } else { take(event) }
        case .seen(let containers): look(at: containers)
        case .lost(let reason):
            // A healer that has not seen what runs cannot tell; it does when the engine is back.
            if isKnown { takeBackStops() } else { wasLostBeforeKnown = true }
            onEvent(.engineLost(reason))
        }
    }

    func take(_ event: ContainerEvent) {
        book.lastEvent = max(book.lastEvent ?? 0, event.timeNano ?? 0)
        if !book.stops.isEmpty { believeOldStops() }
        let container = event.Actor.ID
        switch event.Action {
        case "oom":
            guard signs.noteOutOfMemory(container, at: event.timeNano ?? Calendar.now()),
                let instance = owners[container]
            else { return }
            raiseMemory(of: instance)
        case "kill":
            signs.noteKill(
                of: container, signal: event.Actor.Attributes?["signal"].flatMap { Int32($0) },
                time: event.timeNano ?? 0)
        case "die": takeEnd(of: container, event)
        case "stop": takeStop(of: container)
        case "pause": takeFreeze(of: container, true)
        case "unpause": takeFreeze(of: container, false)
        case "start": takeStart(of: container, event)
        case "destroy": takeRemoval(of: container)
        default: return
        }
    }

    private func takeEnd(of container: String, _ event: ContainerEvent) {
        let code = event.Actor.Attributes?["exitCode"].flatMap { Int($0) }
        let time = event.timeNano ?? .max
        guard let instance = owners[container], let member = members[instance], member.isRunning,
            launches[instance] == nil
        else {
            // Only the answer to a start can come later than the end.
            guard !launches.isEmpty else { return }
            return signs.noteEarlyEnd(of: container, ContainerSigns.EarlyEnd(exitCode: code, time: time))
        }
        // Of an earlier start.
        guard time >= member.startedAt else { return }
        guard signs.stopByOthers(container) != nil, !signs.wasStopped(container) else {
            return end(instance, run: member.run, code: code)
        }
        reactor.schedule(at: Instant.now() + Self.stopWindow) { [weak self] in
            self?.end(instance, run: member.run, code: code)
        }
        signs.awaitStop(of: container, code: code)
    }

    /// Tells of the end of that start, unless that was told meanwhile.
    func end(_ instance: InstanceID, run: Int, code: Int?) {
        guard let member = members[instance], member.run == run, member.isRunning else { return }
        // The kernel's word of it may come later than the end; where a person has ended it nobody asks for that.
        guard code == 137, signs.stopByOthers(member.container) == nil,
            !signs.wasOutOfMemory(member.container, at: Calendar.now())
        else {
            return ended(instance, code: code, outOfMemory: false)
        }
        link.perform(instance.description) { session in
            try session.container(member.container).State.OOMKilled == true
        } then: { [weak self] result in
            guard self?.members[instance]?.run == run, self?.members[instance]?.isRunning == true else { return }
            let outOfMemory = (try? result.get()) ?? false
            if outOfMemory { self?.raiseMemory(of: instance) }
            self?.ended(instance, code: code, outOfMemory: outOfMemory)
        }
    }

    func hasOthers(than instance: InstanceID, where isSo: (Member) -> Bool) -> Bool {
        members.contains { $0.key.service == instance.service && $0.key != instance && isSo($0.value) }
    }

    private func takeFreeze(of container: String, _ frozen: Bool) {
        guard let instance = owners[container], !signs.isOwnFreeze(of: container, frozen) else { return }
        members[instance]?.isPaused = frozen
        if frozen, hasOthers(than: instance, where: { $0.isRunning && !$0.isPaused }) { return }
        onEvent(.askedByHand(instance.service, frozen ? .pause : .unpause))
    }

    private func takeRemoval(of container: String) {
        guard let instance = owners[container], let member = members[instance] else { return }
        guard member.isRunning else { return forget(instance) }
        // Docker tells the end before; its reason may be asked for yet. Podman tells none.
        reactor.schedule(at: Instant.now() + Self.stopWindow) { [weak self] in
            guard let present = self?.members[instance], present.container == container else { return }
            self?.end(instance, run: member.run, code: nil)
            self?.forget(instance)
        }
    }

    /// Its container is gone.
    private func forget(_ instance: InstanceID) {
        guard let member = members.removeValue(forKey: instance) else { return }
        owners[member.container] = nil
    }

    /// A container that somebody else has started: by `docker start`, `docker restart` or `docker compose up`.
    private func takeStart(of container: String, _ event: ContainerEvent) {
        let named = ComposeLabels.instance(event.Actor.Attributes ?? [:])
        guard let instance = owners[container] ?? named, isLookedAfter(instance), launches[instance] == nil else {
            return
        }
        // `docker restart`, of which the end was not told.
        if signs.wasStopped(container), let member = members[instance] { end(instance, run: member.run, code: nil) }
        guard members[instance]?.isRunning != true else { return }
        lookAgain(instance, at: container, startedByHand: true)
    }

    /// Asks how it is with an instance, and tells of what is not known yet.
    func lookAgain(_ instance: InstanceID, at other: String? = nil, startedByHand: Bool = false) {
        guard let container = other ?? members[instance]?.container else { return }
        let specification = stack.services[instance.service]?.launch.container
        link.perform(instance.description) { session in
            try FoundContainer(try session.container(container), of: instance, specification, session)
        } then: { [weak self] result in
            guard let self else { return }
            guard case .success(let found) = result else { return takeAbsence(of: container, instance, result) }
            // An event may be told late, of a start that has had its end.
            if startedByHand, found.isRunning { onEvent(.askedByHand(instance.service, .start)) }
            compare(found)
        }
    }

    /// A container that the engine does not have has ended, whether that was told or not.
    private func takeAbsence(of container: String, _ instance: InstanceID, _ result: Result<FoundContainer, any Error>)
    {
        guard case .failure(let error as EngineError) = result, error.isNotFound,
            members[instance]?.container == container
        else { return }
        if members[instance]?.isRunning == true { ended(instance, code: nil, outOfMemory: false) }
        forget(instance)
    }
}
