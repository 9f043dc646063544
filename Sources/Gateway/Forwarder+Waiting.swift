internal import Breaking
internal import Stack

extension Forwarder {
    /// Puts a connection in the line of its route, with its bytes left in the kernel, or resets it where it has waited
    /// long enough or the line is full.
    func park(_ place: Int32) {
        let record = table.record(place)
        let route = record.pointee.route
        // Whoever takes another service's answer has waited for its own already.
        guard record.pointee.origin == nil, !record.pointee.isDelivery,
            !routes[route].isExpired(arrival: record.pointee.arrival, at: now),
            !needNotWait(place), makeRoomInLine(place)
        else { return refuse(place) }
        giveBackSlot(place)
        record.pointee.phase = .waiting
        record.pointee.hasWaited = true
        if let note = record.pointee.note, note.pointee.heldSince == 0 { note.pointee.heldSince = now }
        rampFailed(place)
        if record.pointee.hasExchange { table.exchange(place).pointee.owesRetry = false }
        routes[route].waiting.insertByArrival(place, in: table)
        // What an HTTP client sends beyond the request that waits is read when its turn comes.
        let kept = record.pointee.isHTTP ? nil : table.side(place, .client).pointee.interest
        setInterest(place, .client, kept ?? Poller.peerClosed)
        poller.wake(at: routes[route].expiry(arrival: record.pointee.arrival))
        scheduleRetry(route)
    }

    /// Sees to it that one more may wait, if need be by sending away who matters less.
    private func makeRoomInLine(_ place: Int32) -> Bool {
        let record = table.record(place)
        let route = record.pointee.route
        guard routes[route].waiting.count >= routes[route].treatment.holdCount else { return true }
        routes[route].counters.shed &+= 1
        guard let other = routes[route].waiting.leastImportant(below: record.pointee.priority) else {
            noteRefusal(place, "too many wait")
            return false
        }
        routes[route].waiting.remove(other, in: table)
        noteRefusal(other, "too many wait")
        refuse(other)
        return true
    }

    /// The state of a route is another one: those who wait go on, wait on, or are reset.
    func stateChanged(_ route: Int) {
        routes[route].retryDelay.reset()
        routes[route].retryAt = nil
        routes[route].ramp = nil
        let name = "\(routes[route].service):\(routes[route].target)"
        let waiting = routes[route].waiting.count
        switch routes[route].state {
        case .open:
            report("\(name) is open to \(routes.instances(route)) instances; \(waiting) connections waited")
            releaseWaiting(route)
            lookAtQueuesSoon()
        case .held:
            report("\(name) is held")
        case .refused:
            report("\(name) refuses; \(waiting) connections waited")
            refuseWaiting(route)
        }
    }

    /// Those in line ask a backend in the order of arrival: a few at first and more as these are served, so that the
    /// return of a service is not its next failure.
    func releaseWaiting(_ route: Int) {
        let waiting = routes[route].waiting.count
        guard waiting > 0 else {
            routes[route].ramp = nil
            return
        }
        var ramp = routes[route].ramp ?? Ramp(policy: routes[route].treatment.ramp, waiting: waiting, at: instant)
        // Who cannot get through is back in line at once, so the number at the start bounds the round.
        guard hasRoom(route, table.record(routes[route].waiting.first).pointee.priority) else { return }
        var left = ramp.release(waiting: waiting, at: instant)
        routes[route].ramp = ramp.isOver(at: instant) ? nil : ramp
        while left > 0, let place = takeFirst(route) {
            left -= 1
            table.record(place).pointee.isRamped = routes[route].ramp != nil
            connect(place)
        }
        if routes[route].waiting.isEmpty { routes[route].ramp = nil }
        guard let next = routes[route].ramp?.nextRelease(after: instant) else { return scheduleRetry(route) }
        poller.wake(at: next.nanoseconds)
    }

    /// What became of one that the ramp let go; others may follow it.
    func rampEnded(_ place: Int32, _ outcome: CircuitBreaker.Outcome) {
        let record = table.record(place)
        guard record.pointee.isRamped else { return }
        record.pointee.isRamped = false
        guard routes[record.pointee.route].ramp != nil else { return }
        routes[record.pointee.route].ramp?.ended(outcome)
        lookAtLine(of: record.pointee.route)
    }

    /// Who was let go finds nobody: there is nobody to be spared, and the first in line finds out when there is.
    func rampFailed(_ place: Int32) {
        let record = table.record(place)
        guard record.pointee.isRamped else { return }
        record.pointee.isRamped = false
        routes[record.pointee.route].ramp = nil
    }

    /// More of those in line may go when it is time.
    func continueRamp(_ route: Int) {
        if routes[route].ramp != nil { releaseWaiting(route) }
    }

    /// Resets everybody in line.
    func refuseWaiting(_ route: Int) {
        while let place = takeFirst(route) { refuse(place) }
    }

    /// Resets those whose hold has ended.
    func expireWaiting(_ route: Int) {
        var expired = 0
        while !routes[route].waiting.isEmpty {
            let place = routes[route].waiting.oldest(in: table)
            let arrival = table.record(place).pointee.arrival
            guard routes[route].isExpired(arrival: arrival, at: now) else {
                poller.wake(at: routes[route].expiry(arrival: arrival))
                break
            }
            routes[route].waiting.remove(place, in: table)
            // Its turn would have come: the service is back, and it is not to pay for those before it.
            if routes[route].ramp != nil, hasRoom(route, table.record(place).pointee.priority) {
                connect(place)
                continue
            }
            refuse(place)
            expired += 1
        }
        if expired > 0 {
            routes[route].waitedInVain = true
            report("\(routes[route].service):\(routes[route].target): the hold ended for \(expired) connections")
        }
    }

    /// The first in line asks the backends when it is time; the others follow when it gets through.
    func retry(_ route: Int) {
        guard let due = routes[route].retryAt else { return }
        guard due <= now else { return poller.wake(at: due) }
        if let place = takeFirst(route) { connect(place, isFirstInLine: true) }
        // Unless it has got through already, and the others follow it.
        guard routes[route].retryAt == due else { return }
        routes[route].retryAt = nil
        scheduleRetry(route)
    }

    /// Sees to it that somebody asks again for as long as the route is open and there is a line.
    private func scheduleRetry(_ route: Int) {
        guard !routes[route].waiting.isEmpty, routes[route].retryAt == nil, routes[route].ramp == nil,
            // Who waits for the end of another's call is looked at then.
            !linesToLookAt.contains(route),
            hasRoom(route, table.record(routes[route].waiting.first).pointee.priority)
        else { return }
        switch routes[route].state {
        case .open:
            let trial = routes.silentUntil(route)?.nanoseconds ?? 0
            let due = max(now + routes[route].retryDelay.next(), trial)
            routes[route].retryAt = due
            poller.wake(at: due)
        case .held, .refused:
            break
        }
    }

    private func takeFirst(_ route: Int) -> Int32? {
        guard !routes[route].waiting.isEmpty else { return nil }
        let place = routes[route].waiting.first
        routes[route].waiting.remove(place, in: table)
        return place
    }

    /// A client that waits has closed its end. One that has sent something first may have ended only its own
    /// direction and still wants the answer; one that has sent nothing has left.
    func waitingClientEvent(_ place: Int32, _ events: UInt32) {
        let isBroken = events & (Poller.failed | Poller.hungUp) != 0
        if !isBroken, Socket.hasInput(table.side(place, .client).pointee.descriptor) {
            return setInterest(place, .client, 0)
        }
        let record = table.record(place)
        switch record.pointee.phase {
        case .waiting:
            routes[record.pointee.route].waiting.remove(place, in: table)
        case .connecting:
            connecting.remove(place, in: table)
            dropServer(place)
        case .introducing, .securing, .relaying, .reading, .exchanging, .refusing, .closing, .unused:
            return
        }
        if let note = record.pointee.note {
            note.pointee.outcome = CallOutcome.cancelled.word
            note.pointee.reason = "the client left"
        }
        finish(place)
    }
}
