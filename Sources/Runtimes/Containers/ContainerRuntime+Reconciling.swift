internal import Engines
internal import Platform
internal import Stack

/// What there is, compared with what was known: after a connection to the engine, and of one container whenever in doubt.
extension ContainerRuntime {
    /// Compares what there is with what was known, in the order of dependencies: the end of what others need comes first, so that
    /// these wait and are not started in vain.
    func reconcile(_ containers: [ContainerDetails], _ missed: [ContainerEvent]) {
        let specifications = stack.services.mapValues(\.launch.container)
        let own = containers.compactMap { details -> (InstanceID, ContainerDetails)? in
            guard let instance = ComposeLabels.instance(details.Config.Labels ?? [:]), isLookedAfter(instance) else {
                return nil
            }
            return (instance, details)
        }
        reconciliations += 1
        link.perform("all") { session in
            own.compactMap { instance, details -> FoundContainer? in
                let specification = specifications[instance.service] ?? nil
                return try? FoundContainer(details, of: instance, specification, session)
            }
        } then: { [weak self] result in
            guard let self else { return }
            reconciliations -= 1
            guard case .success(let found) = result else { return }
            onEvent(.engineFound)
            if !isKnown { takeMissed(missed, found) }
            compareAll(found)
            for instance in launches.keys.sorted() { startPostponed(instance) }
            sendPostponed()
            takeEarly()
            runPostponedCommands()
            if !isKnown { becomeKnown() }
        }
    }

    /// What the project has besides, because the file has it no longer or nobody asked for it, is left alone.
    func isLookedAfter(_ instance: InstanceID) -> Bool {
        stack.services[instance.service] != nil || members[instance] != nil
    }

    /// What happened since all was looked at, of containers that were not known yet.
    private func takeEarly() {
        guard reconciliations == 0 else { return }
        let events = early
        early = []
        for event in events { take(event) }
    }

    private func compareAll(_ found: [FoundContainer]) {
        var best: [InstanceID: FoundContainer] = [:]
        for container in found where best[container.instance].map({ container.isBetter(than: $0) }) ?? true {
            best[container.instance] = container
        }
        let depths = DependencyOrder(Array(stack.services.values)).depths
        let order = Set(best.keys).union(members.keys).sorted {
            (depths[$0.service] ?? 0, $0) < (depths[$1.service] ?? 0, $1)
        }
        for instance in order {
            if let container = best[instance] {
                compare(container)
            } else if members[instance]?.isRunning == true, launches[instance] == nil {
                // It was removed.
                ended(instance, code: nil, outOfMemory: false)
                members[instance] = nil
            }
        }
    }

    /// Tells of what has changed of one instance.
    func compare(_ found: FoundContainer) {
        let instance = found.instance
        guard launches[instance] == nil || !isKnown else { return }
        let details = found.details
        let member = members[instance]
        let isSameStart = member?.container == details.Id && member?.startedAt == details.startedAt
        if let member, member.isRunning, !isSameStart || !found.isRunning {
            ended(
                instance, code: isSameStart ? details.State.ExitCode : nil, outOfMemory: details.State.OOMKilled == true
            )
        }
        if found.isRunning {
            if member == nil || member?.isRunning == false || !isSameStart { adopt(found) }
            if details.State.Status == "paused", members[instance]?.isPaused == false {
                members[instance]?.isPaused = true
                onEvent(.askedByHand(instance.service, .pause))
            }
        } else if member == nil {
            noteEnded(found)
        }
    }

    private func adopt(_ found: FoundContainer) {
        let (instance, details) = (found.instance, found.details)
        let page = book.pages[instance.description]
        let isSameStart = page?.container == details.Id && page?.startedAt == details.startedAt
        let run = isSameStart ? page?.run ?? 1 : max(page?.run ?? 0, members[instance]?.run ?? 0) + 1
        let mark = found.difference == nil ? stack.services[instance.service]?.launch.container?.mark : nil
        let member = remember(instance, run: run, details, mark: mark)
        if member.isPaused { onEvent(.askedByHand(instance.service, .pause)) }
        onEvent(adopted(instance, found, pid: member.pid, run: run))
        takeOverRestarts(of: details)
        writeNames(of: instance)
    }

    /// An end while there was no healer is to be judged like any other.
    private func noteEnded(_ found: FoundContainer) {
        let (instance, details) = (found.instance, found.details)
        guard let page = book.pages[instance.description], page.container == details.Id,
            page.startedAt == details.startedAt
        else {
            // One that nobody had seen running is just what the instance is started as.
            remember(instance, run: book.pages[instance.description]?.run ?? 0, details)
            book.pages[instance.description] = nil
            return
        }
        remember(instance, run: page.run, details)
        members[instance]?.isRunning = true
        onEvent(adopted(instance, found, pid: page.pid, run: page.run))
        ended(instance, code: details.State.ExitCode, outOfMemory: details.State.OOMKilled == true)
    }

    private func adopted(_ instance: InstanceID, _ found: FoundContainer, pid: Int32, run: Int) -> RuntimeEvent {
        let launch = stack.services[instance.service]?.launch
        let age = Calendar.now() &- found.details.startedAt
        return .adopted(
            instance, run: run, pid: pid,
            startedAt: Instant(nanoseconds: Instant.now().nanoseconds &- age),
            launch: found.difference == nil
                ? launch ?? LaunchSpecification(command: []) : LaunchSpecification(command: []))
    }

    /// There is one who restarts, and what the engine did before is kept for the day it is to do so again.
    private func takeOverRestarts(of details: ContainerDetails) {
        let policy = EngineRestartPolicy(
            name: details.HostConfig?.RestartPolicy?.Name ?? "no",
            retries: details.HostConfig?.RestartPolicy?.MaximumRetryCount ?? 0)
        guard !["", "no"].contains(policy.name) else { return }
        book.policies[details.Id] = policy
        link.perform(details.Id) { session in
            try session.updateContainer(details.Id, restart: EngineRestartPolicy())
        } then: { [weak self] result in
            guard case .failure(let error) = result else { return }
            self?.onEvent(.notice("the engine goes on restarting \(details.Name.dropFirst()) by itself: \(error)"))
        }
    }
}
