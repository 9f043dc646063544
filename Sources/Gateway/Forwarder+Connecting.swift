internal import Breaking
internal import Glibc
internal import Protocols

extension Forwarder {
    /// Asks the backend whose turn it is, and the others if it does not accept.
    func connect(_ place: Int32, isFirstInLine: Bool = false) {
        let record = table.record(place)
        guard takeSlot(place) else {
            rampEnded(place, .ignored)
            return park(place)
        }
        record.pointee.tried = []
        record.pointee.routeRevision = routes[record.pointee.route].revision
        record.pointee.phase = .waiting
        if record.pointee.isHTTP {
            // The next request may belong elsewhere, and this connection to somebody else.
            if routes[record.pointee.route].treatment.balanceHeader != nil {
                giveBackServer(place)
            } else if reuseServer(place) {
                return startExchange(place, isReused: true)
            }
        }
        closeServer(place)
        ask(place, isFirstInLine: isFirstInLine)
    }

    /// Lets the client's next request go where the last one went, if it may.
    private func reuseServer(_ place: Int32) -> Bool {
        let record = table.record(place)
        guard canReuseServer(place), let backend = record.pointee.backend,
            case .admitted(let permit) = routes.admit(backend, at: instant)
        else { return false }
        record.pointee.permit = permit
        record.pointee.isSettled = false
        trackCall(place, backend: backend)
        return true
    }

    /// Starts a connect(2) and goes through the backends for as long as they refuse at once.
    private func ask(_ place: Int32, isFirstInLine: Bool = false) {
        let record = table.record(place)
        while let (index, backend, permit) = routes.choose(
            record.pointee.route, avoiding: record.pointee.tried, client: balanceKey(place),
            isFirstInLine: isFirstInLine, at: instant)
        {
            record.pointee.tried.formUnion(InstanceSet(instance: index))
            record.pointee.permit = permit
            record.pointee.isSettled = false
            trackCall(place, backend: backend)
            if record.pointee.isHTTP, routes[record.pointee.route].treatment.introduces == nil,
                // After an attempt that came to nothing they may be as dead, which only a new one tells for certain.
                table.exchange(place).pointee.attempts == 0, takeIdle(place, backend: backend)
            {
                return startExchange(place, isReused: true)
            }
            switch startConnect(place, to: backend) {
            case .connected:
                return establish(place, record)
            case .underWay:
                record.pointee.phase = .connecting
                record.pointee.connectDeadline = now + limits.connect
                connecting.append(place, in: table)
                setInterest(place, .server, Poller.writable)
                return poller.wake(at: record.pointee.connectDeadline)
            case .refused:
                settleConnect(place, .refusal)
                dropServer(place)
            case .failed:
                record.pointee.backend = backend
                settleConnect(place, .silence("it cannot be connected to"))
                record.pointee.backend = nil
            }
        }
        noneLeft(place)
    }

    /// No instance takes the call. Where some were asked, or are silent, one will be back; where all answer with
    /// failures, waiting helps nobody.
    private func noneLeft(_ place: Int32) {
        let record = table.record(place)
        let route = record.pointee.route
        guard !routes.isUntrusted(route) else {
            return record.pointee.isHTTP ? fail(place, .untrusted) : refuse(place)
        }
        guard record.pointee.tried.isEmpty, routes.instances(route) > 0 else { return park(place) }
        let expiry = routes[route].expiry(arrival: record.pointee.arrival)
        guard let until = routes.silentUntil(route), until.nanoseconds < expiry else { return refuse(place) }
        park(place)
    }

    /// The same number for those that are to have the same instance, for routes that choose so.
    func balanceKey(_ place: Int32) -> UInt64 {
        let record = table.record(place)
        if record.pointee.isHTTP, routes[record.pointee.route].treatment.balanceHeader != nil {
            return table.exchange(place).pointee.balanceKey
        }
        guard routes[record.pointee.route].treatment.balancesByClient else { return 0 }
        return clientAddress(place).key
    }

    /// How a connect(2) begins.
    enum Beginning {
        case connected
        case underWay
        case refused
        case failed
    }

    private func startConnect(_ place: Int32, to backend: Int) -> Beginning {
        let (beginning, descriptor) = beginConnect(to: backend)
        guard descriptor >= 0 else { return .failed }
        let record = table.record(place)
        record.pointee.isProven = false
        record.pointee.isQuestioned = false
        table.side(place, .server).pointee.descriptor = descriptor
        record.pointee.backend = backend
        routes.connect(backend)
        return beginning
    }

    /// Begins to connect a new socket, which the caller owns; there is none where it failed.
    func beginConnect(to backend: Int) -> (Beginning, descriptor: Int32) {
        // Not the entry itself: a copy of it is a copy of all that is known of the instance.
        guard let address = routes.backends.entries[backend]?.address,
            let descriptor = Socket.stream(family: address.family, in: routes.backends.entries[backend]?.network)
        else { return (.failed, -1) }
        var beginning = Self.connect(descriptor, address)
        // On one host it is over before the call returns, which the kernel says when it is asked again: cheaper than
        // having it tell later.
        if beginning == .underWay { beginning = Self.connect(descriptor, address) }
        guard beginning != .failed else {
            close(descriptor)
            return (.failed, -1)
        }
        Socket.sendAtOnce(descriptor)
        return (beginning == .connected && isItself(descriptor, backend) ? .refused : beginning, descriptor)
    }

    private static func connect(_ descriptor: Int32, _ address: BackendAddress) -> Beginning {
        if address.connect(descriptor) == 0 { return .connected }
        switch errno {
        case EINPROGRESS, EALREADY: return .underWay
        case EISCONN: return .connected
        case ECONNREFUSED: return .refused
        case _: return .failed
        }
    }

    /// A connect(2) has succeeded or failed.
    func connectEnded(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) {
        let descriptor = table.side(place, .server).pointee.descriptor
        let error = Socket.connectError(descriptor)
        let hasFailed = error != 0 || record.pointee.backend.map { isItself(descriptor, $0) } ?? false
        connecting.remove(place, in: table)
        if hasFailed {
            let isRefusal = error == ECONNREFUSED || error == 0
            connectFailed(place, record, isRefusal ? .refusal : .silence("it is out of reach"))
        } else {
            establish(place, record)
        }
    }

    func isItself(_ descriptor: Int32, _ backend: Int) -> Bool {
        guard let port = routes.backends.entries[backend]?.address.port, Socket.clientPorts.contains(port) else {
            return false
        }
        return Socket.isConnectedToItself(descriptor)
    }

    /// Gives up the backends that have not answered.
    func giveUpConnects() {
        while !connecting.isEmpty {
            let place = connecting.first
            let record = table.record(place)
            guard record.pointee.connectDeadline <= now else {
                return poller.wake(at: record.pointee.connectDeadline)
            }
            connecting.remove(place, in: table)
            if !record.pointee.hasWaited { recordCall(place, .timeout) }
            if isHandshaking(withServerOf: place) {
                serverTookTooLong(place, record)
            } else {
                connectFailed(place, record, .silence("it does not accept connections in time"))
            }
        }
    }

    func connectFailed(
        _ place: Int32, _ record: UnsafeMutablePointer<Connection>, _ failure: InstanceGuard.Failure
    ) {
        settleConnect(place, failure)
        dropServer(place)
        record.pointee.phase = .waiting
        let route = record.pointee.route
        if record.pointee.routeRevision != routes[route].revision {
            reconsider(place, route)
        } else {
            ask(place)
        }
    }

    /// Counts a failed connect. One of those that wait asks again and again, which says the same many times.
    private func settleConnect(_ place: Int32, _ failure: InstanceGuard.Failure) {
        rampFailed(place)
        if table.record(place).pointee.hasWaited, failure.isSilence {
            settle(place, .ignored)
        } else {
            settle(place, failure: failure)
        }
    }

    /// The route has changed while the connection asked a backend it had before.
    private func reconsider(_ place: Int32, _ route: Int) {
        table.record(place).pointee.phase = .waiting
        switch routes[route].state {
        case .open: connect(place)
        case .held: park(place)
        case .refused: refuse(place)
        }
    }

    /// Closes the socket to the backend, which has seen nothing of the client or is not to finish what it does for it. What
    /// is kept for it is for the next one.
    func dropServer(_ place: Int32) {
        let record = table.record(place)
        let side = table.side(place, .server)
        if side.pointee.descriptor >= 0 { resetSocket(side.pointee.descriptor) }
        let pending = side.pointee.pending
        side.pointee = Side()
        side.pointee.pending = pending
        if let backend = record.pointee.backend { routes.disconnect(backend) }
        record.pointee.backend = nil
    }

    private func establish(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) {
        guard introduce(place) else { return connectFailed(place, record, .silence("it broke off")) }
        if let backend = record.pointee.backend { routes.listens(backend, at: instant) }
        if routes[record.pointee.route].origination != nil {
            secureServer(place, record)
        } else {
            established(place, record)
        }
    }

    /// The backend can be spoken to.
    func established(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) {
        let route = record.pointee.route
        let revision = record.pointee.routeRevision
        guard payForRedial(record) else {
            settle(place, .ignored)
            return breakOff(place)
        }
        routes[route].waitedInVain = false
        if record.pointee.hasWaited { routes[route].counters.released += 1 }
        record.pointee.hasWaited = false
        if let note = record.pointee.note { note.pointee.endHold(at: now) }
        if record.pointee.isHTTP {
            startExchange(place, isReused: false)
        } else {
            record.pointee.phase = .relaying
            callConnected(place)
            beginYouth(place, record)
            if record.pointee.hasExchange { table.exchange(place).pointee.postgres = PostgresObserver() }
            routes[route].counters.active += 1
            guard sendOpening(place, record) else {
                return serverBroke(place, record, "it reset a connection before its first byte")
            }
            updateInterest(place, .client)
            updateInterest(place, .server)
        }
        guard revision == routes[route].revision else { return }
        routes[route].retryDelay.reset()
        // Nobody waits for a service to accept, though somebody may wait for the end of another's call.
        guard routes[route].retryAt != nil else { return }
        routes[route].retryAt = nil
        releaseWaiting(route)
    }
}
