internal import Breaking
internal import Glibc
internal import Stack

/// Requests that are sent to another instance as well, where the first one takes longer than most: the answer that begins
/// first is the client's, and the other instance is hung up on ("The Tail at Scale", Dean and Barroso, 2013).
extension Forwarder {
    /// The instance has all of the request, and its time runs.
    func requestIsWhole(_ place: Int32) {
        let route = table.record(place).pointee.route
        guard routes[route].treatment.isHedged else { return }
        let exchange = table.exchange(place)
        exchange.pointee.sentAt = now
        exchange.pointee.flags.insert(.timed)
        guard let delay = routes[route].hedgeDelay, exchange.pointee.flags.contains(.repeatable),
            routes.instances(route) > 1
        else { return }
        exchange.pointee.flags.insert(.awaitsHedge)
        routes[route].hedgeable.append(place, in: table)
        poller.wake(at: now + delay)
    }

    /// The answer begins, and with it the need for another one ends.
    func answerHasCome(_ place: Int32) {
        let exchange = table.exchange(place)
        exchange.pointee.flags.remove(.timed)
        routes[table.record(place).pointee.route].noteLatency(now - exchange.pointee.sentAt)
        withdrawHedge(place)
    }

    /// Asks another instance for those requests of a route that have waited long enough.
    func startHedges(_ route: Int) {
        while !routes[route].hedgeable.isEmpty {
            let place = routes[route].hedgeable.first
            if let delay = routes[route].hedgeDelay {
                let due = table.exchange(place).pointee.sentAt + delay
                guard due <= now else { return poller.wake(at: due) }
                stopAwaitingHedge(place)
                hedge(place)
            } else {
                stopAwaitingHedge(place)
            }
        }
    }

    private func stopAwaitingHedge(_ place: Int32) {
        let exchange = table.exchange(place)
        guard exchange.pointee.flags.contains(.awaitsHedge) else { return }
        exchange.pointee.flags.remove(.awaitsHedge)
        routes[table.record(place).pointee.route].hedgeable.remove(place, in: table)
    }

    /// Asks one, if there is one that takes the call, and neither the budget nor the limit is used up.
    private func hedge(_ place: Int32) {
        let record = table.record(place)
        let route = record.pointee.route
        guard let first = record.pointee.backend, routes[route].ramp == nil,
            hasRoom(route, record.pointee.priority),
            let (_, backend, permit) = routes.choose(
                route, avoiding: routes.instanceSet(route, of: first), client: balanceKey(place), isFirstInLine: false,
                at: instant)
        else { return }
        guard routes[route].retries.takeRetry(at: instant), let hedge = startHedge(place, backend, permit) else {
            if let permit { routes.record(.ignored, of: permit, route, backend: backend, at: instant) }
            return
        }
        hedges[place] = hedge
        table.exchange(place).pointee.flags.insert(.hedged)
        routes.beginRequest(backend)
        routes[route].counters.http.hedges &+= 1
        if let note = record.pointee.note { note.pointee.attempts &+= 1 }
        if hedge.phase == .sending { sendHedge(place) }
    }

    private func startHedge(_ place: Int32, _ backend: Int, _ permit: CircuitBreaker.Permit?) -> Hedge? {
        let token = Token(.hedge, place: place, generation: table.record(place).pointee.generation)
        if let descriptor = takeIdle(of: backend, mayHaveEnded: false) {
            poller.change(descriptor, Poller.writable, token)
            return Hedge(
                phase: .sending, descriptor: descriptor, backend: backend, permit: permit, isReused: true, askedAt: now)
        }
        // A handshake takes as long as many an answer.
        guard routes[table.record(place).pointee.route].origination == nil else { return nil }
        let phase: Hedge.Phase
        let (beginning, descriptor) = beginConnect(to: backend)
        switch beginning {
        case .connected: phase = .sending
        case .underWay: phase = .connecting
        case .refused, .failed:
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
        routes.connect(backend)
        poller.add(descriptor, Poller.writable, token)
        return Hedge(
            phase: phase, descriptor: descriptor, backend: backend, permit: permit, isReused: false, askedAt: now)
    }

    /// Something happened at the second instance.
    func hedgeEvent(_ place: Int32) {
        guard let hedge = hedges[place] else { return }
        switch hedge.phase {
        case .connecting:
            let hasFailed = Socket.connectError(hedge.descriptor) != 0 || isItself(hedge.descriptor, hedge.backend)
            guard !hasFailed else { return hedgeFailed(place, .silence("it cannot be connected to")) }
            hedges[place]?.phase = .sending
            sendHedge(place)
        case .sending:
            sendHedge(place)
        case .waiting:
            if Socket.hasInput(hedge.descriptor) { return hedgeAnswers(place) }
            if !Socket.isSilent(hedge.descriptor) { hedgeFailed(place, .silence("it broke off")) }
        }
    }

    private func sendHedge(_ place: Int32) {
        let request = table.exchange(place).pointee.request
        guard let hedge = hedges[place], let buffer = request.buffer else { return }
        switch Socket.send(hedge.descriptor, buffer + hedge.sent, count: request.end - hedge.sent) {
        case .bytes(let count):
            hedges[place]?.sent += count
            guard hedge.sent + count == request.end else { return }
            hedges[place]?.phase = .waiting
            let generation = table.record(place).pointee.generation
            poller.change(hedge.descriptor, Poller.readable, Token(.hedge, place: place, generation: generation))
        case .wouldBlock:
            break
        case .ended, .failed:
            hedgeFailed(place, .silence("it broke off"))
        }
    }

    /// The second instance does not answer. The first one may.
    private func hedgeFailed(_ place: Int32, _ failure: InstanceGuard.Failure) {
        guard let hedge = hedges[place] else { return }
        // A connection that had been used may have been closed by the instance in the same moment: that says nothing.
        guard !hedge.isReused else { return withdrawHedge(place) }
        let route = table.record(place).pointee.route
        endHedge(place, hedge, .failure)
        if let permit = hedge.permit { routes.record(.failure, of: permit, route, backend: hedge.backend, at: instant) }
        tell(of: failure, hedge.backend, route: route)
    }

    /// Hangs up on the second instance, if one was asked, and asks none any more.
    func withdrawHedge(_ place: Int32) {
        stopAwaitingHedge(place)
        guard table.exchange(place).pointee.flags.contains(.hedged), let hedge = hedges[place] else { return }
        endHedge(place, hedge, .cancelled)
        guard let permit = hedge.permit else { return }
        routes.record(.ignored, of: permit, table.record(place).pointee.route, backend: hedge.backend, at: instant)
    }

    private func endHedge(_ place: Int32, _ hedge: Hedge, _ outcome: CallOutcome) {
        hedges[place] = nil
        table.exchange(place).pointee.flags.remove(.hedged)
        resetSocket(hedge.descriptor)
        routes.endRequest(hedge.backend)
        routes.disconnect(hedge.backend)
        routes.calls.record(outcome, nanoseconds: now - hedge.askedAt, at: routes.callPlace(of: hedge.backend))
    }

    /// The second instance answers first: from here on it is the one that was asked.
    private func hedgeAnswers(_ place: Int32) {
        let record = table.record(place)
        let route = record.pointee.route
        if let first = record.pointee.backend {
            if let permit = record.pointee.permit, !record.pointee.isSettled {
                routes.record(.ignored, of: permit, route, backend: first, at: instant)
            }
            // Losing once says nothing; one that goes on losing is left out for a while.
            routes.lost(route, backend: first, at: instant)
            routes.endRequest(first)
        }
        routes.calls.record(
            .cancelled, nanoseconds: now - record.pointee.call.startedAt, at: record.pointee.call.place)
        replaceServer(place)
        receiveResponse(place)
    }

    /// The first instance has failed: the second one, if it has all of the request, is the one that was asked. Whether it
    /// is.
    func hedgeTakesOver(_ place: Int32) -> Bool {
        guard let hedge = hedges[place] else { return false }
        switch hedge.phase {
        case .connecting, .sending: return false
        case .waiting: break
        }
        recordCall(place)
        if let first = table.record(place).pointee.backend { routes.endRequest(first) }
        replaceServer(place)
        setInterest(place, .server, Poller.readable)
        return true
    }

    private func replaceServer(_ place: Int32) {
        guard let hedge = hedges.removeValue(forKey: place) else { return }
        let record = table.record(place)
        let exchange = table.exchange(place)
        routes[record.pointee.route].counters.http.hedgesWon &+= 1
        dropResponse(place)
        dropServer(place)
        exchange.pointee.flags.remove([.hedged, .reused])
        if hedge.isReused { exchange.pointee.flags.insert(.reused) }
        record.pointee.backend = hedge.backend
        record.pointee.permit = hedge.permit
        record.pointee.isSettled = false
        record.pointee.call = Call(
            isOpen: true, place: routes.callPlace(of: hedge.backend), startedAt: hedge.askedAt)
        table.side(place, .server).pointee.descriptor = hedge.descriptor
        table.side(place, .server).pointee.interest = Poller.readable
        let token = Token(.server, place: place, generation: record.pointee.generation)
        poller.change(hedge.descriptor, Poller.readable, token)
    }
}
