internal import Breaking
internal import Protocols
internal import Stack
internal import Wire

/// What calls say of the instances that they went to.
extension Forwarder {
    /// Tells the breaker that the client's call has gone well, or says nothing. Once for each call.
    func settle(_ place: Int32, _ outcome: CircuitBreaker.Outcome) {
        noteOutcome(place, outcome)
        let record = table.record(place)
        rampEnded(place, outcome)
        guard !record.pointee.isSettled, let permit = record.pointee.permit, let backend = record.pointee.backend else {
            return
        }
        record.pointee.isSettled = true
        if outcome == .success { learn(place, isDropped: false) }
        routes.record(outcome, of: permit, record.pointee.route, backend: backend, at: instant)
    }

    /// Tells the breaker, and the healer, that the client's call has failed. It may have begun well.
    func settle(_ place: Int32, failure: InstanceGuard.Failure) {
        let record = table.record(place)
        if let note = record.pointee.note { note.pointee.reason = failure.text }
        noteOutcome(place, .failure)
        rampEnded(place, .failure)
        guard let permit = record.pointee.permit, let backend = record.pointee.backend else { return }
        record.pointee.isSettled = true
        if failure.isSilence { learn(place, isDropped: true) }
        routes.record(.failure, of: permit, record.pointee.route, backend: backend, at: instant)
        tell(of: failure, backend, route: record.pointee.route)
    }

    func tell(of failure: InstanceGuard.Failure, _ backend: Int, route: Int) {
        guard routes.fail(failure, backend: backend, at: now), let entry = routes.backends.entries[backend] else {
            return
        }
        onTrouble?(GatewayTrouble(service: routes[route].service, backend: entry.backend, reason: failure.text))
    }

    /// A request may be on its way for too long already, or will be.
    func noteIfHanging(_ place: Int32) {
        let record = table.record(place)
        guard record.pointee.phase == .exchanging, !record.pointee.isSettled, var permit = record.pointee.permit,
            let backend = record.pointee.backend, let due = routes.becomesSlow(permit, backend: backend)
        else { return }
        guard due <= instant else { return sweepAt(due.nanoseconds) }
        routes.noteHanging(&permit, backend: backend, at: instant)
        record.pointee.permit = permit
        tell(of: .silence("calls hang"), backend, route: record.pointee.route)
    }

    /// Looks at what an instance has just said (it is in `scratch`), where it speaks a protocol that is known.
    func observe(_ place: Int32, _ record: UnsafeMutablePointer<Connection>, _ count: Int) {
        switch routes[record.pointee.route].treatment.application {
        case .tcp, .http, .ollama:
            if !record.pointee.isSettled { settle(place, .success) }
        case .postgres:
            if !record.pointee.isSettled { observePostgres(place, count) }
        case .redis:
            observeRedis(place, record, count)
        case .bolt:
            if !record.pointee.isSettled { observeBolt(place, count) }
        }
    }

    private func observePostgres(_ place: Int32, _ count: Int) {
        let exchange = table.exchange(place)
        exchange.pointee.postgres.observe(UnsafeRawBufferPointer(start: scratch, count: count))
        switch exchange.pointee.postgres.outcome {
        case .pending: break
        case .ready, .opaque: settle(place, .success)
        case .refused(let state):
            switch state.meaning {
            case .clientMistake: settle(place, .success)
            case .unavailable: settle(place, failure: .silence("it takes no sessions now (57P0x)"))
            case .exhausted: settle(place, failure: .answer("it has no room for sessions (53xxx)"))
            case .failure: settle(place, failure: .answer("it refuses sessions with a fatal error"))
            }
        }
    }

    /// A server that cannot serve answers every command so. Looking at the beginning of what arrives costs nothing, and
    /// a reply that is cut there is met again with the next command.
    private func observeRedis(_ place: Int32, _ record: UnsafeMutablePointer<Connection>, _ count: Int) {
        let bytes = UnsafeRawBufferPointer(start: scratch, count: count)
        guard bytes.first == UInt8(ascii: "-") else {
            if !record.pointee.isSettled { settle(place, .success) }
            return
        }
        var observer = RedisObserver()
        observer.observe(bytes)
        switch observer.lastError {
        case .loading: settle(place, failure: .silence("it is loading its data"))
        case .masterDown: settle(place, failure: .answer("its master is down"))
        case .outOfMemory: settle(place, failure: .answer("it is out of memory"))
        case .clusterDown, .readOnly, .misconfigured, .noReplicas, .busy, .tooManyClients, .other, nil:
            if observer.serverFaults > 0 {
                settle(place, failure: .answer("it answers with errors"))
            } else if !record.pointee.isSettled {
                settle(place, .success)
            }
        }
    }

    private func observeBolt(_ place: Int32, _ count: Int) {
        var observer = BoltObserver()
        observer.observe(UnsafeRawBufferPointer(start: scratch, count: count))
        switch observer.handshake {
        case .pending: break
        case .accepted, .opaque, .refused: settle(place, .success)
        }
    }

    /// Does what a person wants of breakers.
    func carryOut(_ order: BreakerOrder) {
        now = Poller.now()
        routes.carryOut(order, at: instant)
        for route in routes.all where routes[route].service == order.service { releaseWaiting(route) }
    }

    /// Takes over what another gateway knew of instances. To be called before there is a configuration.
    func remember(_ breakers: [KeptBreaker]) {
        routes.remember(breakers)
    }

    /// What another gateway must know of instances to go on where this one is.
    var keptBreakers: [KeptBreaker] { routes.backends.keptBreakers }

    /// Changes with what another gateway must know.
    var breakerRevision: Int { routes.backends.breakerRevision }

    /// All breakers as they are now.
    var breakers: [BreakerRecord] { breakers(at: Poller.now()) }

    /// All breakers as they are then.
    func breakers(at now: Int64) -> [BreakerRecord] {
        routes.breakers(at: Instant(nanoseconds: now))
    }
}
