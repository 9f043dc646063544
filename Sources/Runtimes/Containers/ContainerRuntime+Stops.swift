internal import Engines
internal import Platform
internal import Stack

/// Whose will a stop was. People, engines that end or begin and machines that go down all stop containers in the same words.
extension ContainerRuntime {
    /// Nanoseconds within which an engine that ends asks all containers to stop.
    private static let sameTime: Int64 = 2_000_000_000
    /// Nanoseconds after which it is killed itself at the latest, as systemd and Debian's scripts have it.
    private static let engineEndLimit: Int64 = 90_000_000_000

    /// `docker stop` is a person's will; where a service has several instances, that of all of them.
    func takeStop(of container: String) {
        guard let instance = owners[container], let member = members[instance] else { return }
        if member.isRunning { signs.noteStop(of: container) }
        if !hasOthers(than: instance, where: \.isRunning) {
            book.stops[instance.service] = signs.stopByOthers(container) ?? Calendar.now()
            onEvent(.askedByHand(instance.service, .stop))
        }
        if let code = signs.takeAwaitedStop(of: container) { return end(instance, run: member.run, code: code) }
        guard member.isRunning else { return }
        // Podman may tell no end of it, as where it is removed at once.
        reactor.schedule(at: Instant.now() + Self.stopWindow) { [weak self] in
            guard let present = self?.members[instance], present.run == member.run, present.isRunning else { return }
            self?.lookAgain(instance)
        }
    }

    /// An engine that ends stops all containers at once, in the same words as a person.
    func takeBackStops() {
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

    /// Of what was missed while there was no healer only a person's will counts; all else is seen by how the containers are now.
    ///
    /// An engine stops all containers at once when it ends, with the machine or without, and when it begins and finds some that
    /// have outlived it. What was stopped so is to run. Where the engine is known to have ended since, that goes for what the
    /// healer before this one took for a person's will, too.
    func takeMissed(_ events: [ContainerEvent], _ found: [FoundContainer]) {
        let missed = Self.stops(in: events)
        let known = book.stops
        let hasEngineEnded = wasLostBeforeKnown || isAnotherBoot()
        if hasEngineEnded { book.stops = [:] }
        let judged = hasEngineEnded ? known.merging(missed) { _, later in later } : missed
        let engines = found.contains(where: \.isRunning) ? [] : Self.stoppedAtOnce(judged)
        for service in judged.keys.sorted() {
            if !engines.contains(service) {
                if missed[service] != nil { onEvent(.askedByHand(service, .stop)) }
            } else if known[service] != nil {
                onEvent(.askedByHand(service, .start))
            }
        }
    }

    /// Whether the machine was started since the book was kept.
    private func isAnotherBoot() -> Bool {
        let boot = ProcessFacts.bootIdentity()
        defer { book.boot = boot }
        return book.boot.map { $0 != boot } ?? false
    }

    /// When services were asked to stop that were not started again since.
    private static func stops(in events: [ContainerEvent]) -> [String: Int64] {
        var asked: [InstanceID: Int64] = [:]
        var stopped: [String: Int64] = [:]
        for event in events {
            guard let instance = ComposeLabels.instance(event.Actor.Attributes ?? [:]) else { continue }
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
}
