internal import Engines
internal import Platform
internal import Stack

/// What the engine says of the project's containers.
extension ContainerRuntime {
    /// How long after its end it may be told that a container was stopped by a person: `docker stop` says so last.
    private static let stopWindow = Duration.milliseconds(400)
    /// Nanoseconds within which an engine that ends asks all containers to stop.
    private static let sameTime: Int64 = 2_000_000_000
    /// Nanoseconds after which it is killed itself at the latest, as systemd and Debian's scripts have it.
    private static let engineEndLimit: Int64 = 90_000_000_000

    func take(_ news: EngineLink.News) {
        switch news {
        case .connected(let containers, let missed): reconcile(containers, missed)
        case .happened(let event):
            if reconciliations > 0 { early.append(event) } else { take(event) }
        case .seen(let containers): look(at: containers)
        case .lost(let reason):
            // A healer that has not seen what runs cannot tell; it does when the engine is back.
            if isKnown { takeBackStops() }
            onEvent(.engineLost(reason))
        }
    }

    private func take(_ event: ContainerEvent) {
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
        guard signs.stopByOthers(container) != nil else { return end(instance, run: member.run, code: code) }
        reactor.schedule(at: Instant.now() + Self.stopWindow) { [weak self] in
            self?.end(instance, run: member.run, code: code)
        }
        signs.awaitStop(of: container, code: code)
    }

    /// Tells of the end of that start, unless that was told meanwhile.
    private func end(_ instance: InstanceID, run: Int, code: Int?) {
        guard let member = members[instance], member.run == run, member.isRunning else { return }
        // The kernel's word of it may come later than the end.
        guard code == 137, !signs.wasOutOfMemory(member.container, at: Calendar.now()) else {
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

    /// `docker stop` is a person's will; where a service has several instances, that of all of them.
    private func takeStop(of container: String) {
        guard let instance = owners[container], let member = members[instance] else { return }
        if !hasOthers(than: instance, where: \.isRunning) {
            book.stops[instance.service] = signs.stopByOthers(container) ?? Calendar.now()
            onEvent(.askedByHand(instance.service, .stop))
        }
        if let code = signs.takeAwaitedStop(of: container) { end(instance, run: member.run, code: code) }
    }

    /// An engine that ends stops all containers at once, in the same words as a person.
    private func takeBackStops() {
        let stops = book.stops
        book.stops = [:]
        guard let last = stops.values.max(), Calendar.now() &- last < Self.engineEndLimit,
            !members.values.contains(where: \.isRunning)
        else { return }
        for service in Self.stoppedAtOnce(stops) { onEvent(.askedByHand(service, .start)) }
    }

    /// The services that were stopped together with the last one.
    private static func stoppedAtOnce(_ stops: [String: Int64]) -> [String] {
        let last = stops.values.max() ?? 0
        return stops.filter { last - $0.value < sameTime }.keys.sorted()
    }

    /// A stop that the engine has survived for so long was a person's.
    func believeOldStops() {
        let now = Calendar.now()
        book.stops = book.stops.filter { now - $0.value < Self.engineEndLimit }
    }

    private func hasOthers(than instance: InstanceID, where isSo: (Member) -> Bool) -> Bool {
        members.contains { $0.key.service == instance.service && $0.key != instance && isSo($0.value) }
    }

    private func takeFreeze(of container: String, _ frozen: Bool) {
        guard let instance = owners[container], !signs.isOwnFreeze(of: container, frozen) else { return }
        members[instance]?.isPaused = frozen
        if frozen, hasOthers(than: instance, where: { $0.isRunning && !$0.isPaused }) { return }
        onEvent(.askedByHand(instance.service, frozen ? .pause : .unpause))
    }

    private func takeRemoval(of container: String) {
        guard let instance = owners[container], members[instance]?.isRunning == false else { return }
        owners[container] = nil
        members[instance] = nil
    }

    /// A container that somebody else has started: by `docker start`, `docker restart` or `docker compose up`.
    private func takeStart(of container: String, _ event: ContainerEvent) {
        let named = ContainerLabels.instance(event.Actor.Attributes ?? [:])
        guard let instance = owners[container] ?? named, isLookedAfter(instance), launches[instance] == nil,
            members[instance]?.isRunning != true
        else { return }
        lookAgain(instance, at: container, startedByHand: true)
    }

    /// Asks how it is with an instance, and tells of what is not known yet.
    func lookAgain(_ instance: InstanceID, at other: String? = nil, startedByHand: Bool = false) {
        guard let container = other ?? members[instance]?.container else { return }
        let specification = stack.services[instance.service]?.launch.container
        link.perform(instance.description) { session in
            try FoundContainer(try session.container(container), of: instance, specification, session)
        } then: { [weak self] result in
            guard let self, case .success(let found) = result else { return }
            // An event may be told late, of a start that has had its end.
            if startedByHand, found.isRunning { onEvent(.askedByHand(instance.service, .start)) }
            compare(found)
        }
    }

    // MARK: All of them

    /// Compares what there is with what was known, in the order of dependencies: the end of what others need comes first, so that
    /// these wait and are not started in vain.
    private func reconcile(_ containers: [ContainerDetails], _ missed: [ContainerEvent]) {
        let specifications = stack.services.mapValues(\.launch.container)
        let own = containers.compactMap { details -> (InstanceID, ContainerDetails)? in
            guard let instance = ContainerLabels.instance(details.Config.Labels ?? [:]), isLookedAfter(instance) else {
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
    private func isLookedAfter(_ instance: InstanceID) -> Bool {
        stack.services[instance.service] != nil || members[instance] != nil
    }

    /// What happened since all was looked at, of containers that were not known yet.
    private func takeEarly() {
        guard reconciliations == 0 else { return }
        let events = early
        early = []
        for event in events { take(event) }
    }

    /// Of what was missed while there was no healer only a person's will counts; all else is seen by how the containers are now.
    ///
    /// An engine stops all containers at once when it ends, with the machine or without, and when it begins and finds some that
    /// have outlived it. What was stopped so is to run; the healer before this one may have taken some of it for a person's will.
    private func takeMissed(_ events: [ContainerEvent], _ found: [FoundContainer]) {
        let missed = Self.stops(in: events)
        let known = book.stops
        book.stops = [:]
        let all = known.merging(missed) { _, later in later }
        let engines = found.contains(where: \.isRunning) ? [] : Self.stoppedAtOnce(all)
        for service in all.keys.sorted() {
            if engines.contains(service) {
                if known[service] != nil { onEvent(.askedByHand(service, .start)) }
            } else if missed[service] != nil {
                onEvent(.askedByHand(service, .stop))
            }
        }
    }

    /// When services were asked to stop that were not started again since.
    private static func stops(in events: [ContainerEvent]) -> [String: Int64] {
        var asked: [InstanceID: Int64] = [:]
        var stopped: [String: Int64] = [:]
        for event in events {
            guard let instance = ContainerLabels.instance(event.Actor.Attributes ?? [:]) else { continue }
            switch event.Action {
            // How long each then takes to end is no matter.
            case "kill": asked[instance] = asked[instance] ?? event.timeNano
            case "stop": stopped[instance.service] = asked[instance] ?? event.timeNano
            case "start": (asked[instance], stopped[instance.service]) = (nil, nil)
            default: continue
            }
        }
        return stopped
    }

    private func compareAll(_ found: [FoundContainer]) {
        var best: [InstanceID: FoundContainer] = [:]
        for container in found where best[container.instance].map({ container.isBetter(than: $0) }) ?? true {
            best[container.instance] = container
        }
        let ranks = stack.dependencyRanks
        let order = Set(best.keys).union(members.keys).sorted {
            (ranks[$0.service] ?? 0, $0) < (ranks[$1.service] ?? 0, $1)
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
    private func compare(_ found: FoundContainer) {
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

/// A container of the project's as it was found.
struct FoundContainer: Sendable {
    let instance: InstanceID
    let details: ContainerDetails
    /// Where it differs from what the file asks for; nil where it does not.
    let difference: String?

    init(
        _ details: ContainerDetails, of instance: InstanceID, _ specification: ContainerSpecification?,
        _ session: EngineSession
    ) throws(EngineError) {
        self.instance = instance
        self.details = details
        difference =
            if let specification {
                try ContainerLauncher.difference(of: details.Id, from: specification, session)
            } else {
                "the file does not have it"
            }
    }

    var isRunning: Bool { ["running", "paused"].contains(details.State.Status) }

    /// Of two containers of one instance the one that runs counts, then the younger one.
    func isBetter(than other: FoundContainer) -> Bool {
        isRunning != other.isRunning ? isRunning : details.startedAt > other.details.startedAt
    }
}

extension Stack {
    /// How many services deep each one's dependencies are.
    var dependencyRanks: [String: Int] {
        var ranks: [String: Int] = [:]
        // As many rounds as there are services at the most: a circle, which no file may have, would go on for ever.
        for _ in 0...services.count {
            var changed = false
            for name in services.keys {
                let rank = (dependencies(of: name).map { (ranks[$0.service] ?? 0) + 1 }).max() ?? 0
                if ranks[name] != rank {
                    ranks[name] = rank
                    changed = true
                }
            }
            guard changed else { break }
        }
        return ranks
    }
}
