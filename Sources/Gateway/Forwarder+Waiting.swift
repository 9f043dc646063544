extension Forwarder {
    /// Puts a connection in the line of its route, with its bytes left in the kernel, or resets it where it has waited
    /// long enough or the line is full.
    func park(_ place: Int32) {
        let record = table.record(place)
        let route = record.pointee.route
        // Whoever takes another service's answer has waited for its own already.
        guard record.pointee.origin == nil, !routes[route].isExpired(arrival: record.pointee.arrival, at: now),
            routes[route].waiting.count < limits.waiting, !needNotWait(place)
        else { return refuse(place) }
        record.pointee.phase = .waiting
        record.pointee.hasWaited = true
        routes[route].waiting.insertByArrival(place, in: table)
        // What an HTTP client sends beyond the request that waits is read when its turn comes.
        let kept = record.pointee.isHTTP ? nil : table.side(place, .client).pointee.interest
        setInterest(place, .client, kept ?? Poller.peerClosed)
        poller.wake(at: routes[route].expiry(arrival: record.pointee.arrival))
        scheduleRetry(route)
    }

    /// The state of a route is another one: those who wait go on, wait on, or are reset.
    func stateChanged(_ route: Int) {
        routes[route].retryDelay.reset()
        routes[route].retryAt = nil
        let name = "\(routes[route].service):\(routes[route].target)"
        let waiting = routes[route].waiting.count
        switch routes[route].state {
        case .open:
            report("\(name) is open to \(routes.instances(route)) instances; \(waiting) connections waited")
            releaseWaiting(route)
        case .held:
            report("\(name) is held")
        case .refused:
            report("\(name) refuses; \(waiting) connections waited")
            refuseWaiting(route)
        }
    }

    /// Everybody in line asks a backend, in the order of arrival.
    func releaseWaiting(_ route: Int) {
        // Who cannot get through is back in line at once, so the length at the start bounds the round.
        var left = routes[route].waiting.count
        while left > 0, let place = takeFirst(route) {
            left -= 1
            connect(place)
        }
    }

    /// Resets everybody in line.
    func refuseWaiting(_ route: Int) {
        while let place = takeFirst(route) { refuse(place) }
    }

    /// Resets those whose hold has ended.
    func expireWaiting(_ route: Int) {
        var expired = 0
        while !routes[route].waiting.isEmpty {
            let arrival = table.record(routes[route].waiting.first).pointee.arrival
            guard routes[route].isExpired(arrival: arrival, at: now) else {
                poller.wake(at: routes[route].expiry(arrival: arrival))
                break
            }
            if let place = takeFirst(route) { refuse(place) }
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
        routes[route].retryAt = nil
        if let place = takeFirst(route) { connect(place, isFirstInLine: true) }
        scheduleRetry(route)
    }

    /// Sees to it that somebody asks again for as long as the route is open and there is a line.
    private func scheduleRetry(_ route: Int) {
        guard !routes[route].waiting.isEmpty, routes[route].retryAt == nil else { return }
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
        case .relaying, .reading, .exchanging, .refusing, .closing, .unused:
            return
        }
        finish(place)
    }
}
