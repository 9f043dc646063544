internal import Glibc

extension Forwarder {
    private static let pauseReportInterval: Int64 = 10_000_000_000

    func token(ofListener index: Int) -> Token {
        Token(.listener, place: Int32(index), generation: listeners[index].generation)
    }

    /// Has epoll report the clients of exactly those sockets that a route takes clients from now. Clients of the others
    /// wait in the kernel's backlog.
    func watchListeners() {
        for index in listeners.indices { watchListener(index) }
    }

    /// The same for one of them.
    func watchListener(_ index: Int) {
        listeners[index].route = routes.route(ofListener: listeners[index].key)
        listeners[index].isIntroduced = routes.isIntroduced(listeners[index].key)
        listeners[index].isEncrypted = routes.isEncrypted(listeners[index].key)
        listeners[index].client = routes.client(ofListener: listeners[index].key)
        let wanted = listeners[index].route != nil && pausedUntil == nil && !listeners[index].isPaused
        guard wanted != listeners[index].isWatched else { return }
        listeners[index].isWatched = wanted
        if wanted {
            poller.add(listeners[index].descriptor, Poller.readable, token(ofListener: index))
        } else {
            poller.remove(listeners[index].descriptor)
        }
    }

    /// Accepts a batch of the clients that wait at a listening socket.
    func acceptClients(listener token: Token) {
        let index = Int(token.place)
        guard listeners.indices.contains(index), listeners[index].generation == token.generation,
            listeners[index].isWatched, let route = listeners[index].route
        else { return }
        let descriptor = listeners[index].descriptor
        for _ in 0..<limits.acceptBatch {
            guard routes[route].connections < connectionsOfRoute else { return pause(index) }
            guard let place = table.add() else { return pauseAccepting() }
            switch Socket.accept(descriptor) {
            case .accepted(let client):
                begin(place, client: client, route: route, by: listeners[index])
            case .empty:
                return table.remove(place)
            case .lost:
                table.remove(place)
            case .exhausted:
                table.remove(place)
                refuseOne(at: descriptor)
                return pauseAccepting()
            case .broken:
                table.remove(place)
                report("the socket of \(listeners[index].key) does not listen any more")
                return removeListener(key: listeners[index].key)
            }
        }
    }

    /// A client more than there is room for costs nothing while nobody looks at it; looking again at once would find
    /// the same and turn in circles.
    private func pauseAccepting() {
        let until = now + limits.pause
        pausedUntil = until
        poller.wake(at: until)
        watchListeners()
        if let last = lastPauseReport, now - last < Self.pauseReportInterval { return }
        lastPauseReport = now
        report("no room for more than the present \(table.count) connections; accepting again in a moment")
    }

    /// Connections that one route may have.
    private var connectionsOfRoute: Int { max(Int(Double(limits.connections) * limits.routeShare), 1) }

    private func pause(_ index: Int) {
        listeners[index].isPaused = true
        watchListener(index)
        poller.wake(at: now + limits.pause)
        nextUnpause = min(nextUnpause, now + limits.pause)
        if let last = lastPauseReport, now - last < Self.pauseReportInterval { return }
        lastPauseReport = now
        report("\(listeners[index].key) has its share of all connections; accepting again in a moment")
    }

    /// Lets the clients of routes that had their share come again.
    func unpauseRoutes() {
        guard nextUnpause <= now else { return nextUnpause == .max ? () : poller.wake(at: nextUnpause) }
        nextUnpause = .max
        for index in listeners.indices where listeners[index].isPaused { listeners[index].isPaused = false }
        watchListeners()
    }

    /// Tells the first client in the backlog, by resetting it, that there is no room.
    private func refuseOne(at listener: Int32) {
        guard reserve >= 0 else { return }
        close(reserve)
        switch Socket.accept(listener) {
        case .accepted(let client): Socket.reset(client)
        case .empty, .lost, .exhausted, .broken: break
        }
        reserve = open("/dev/null", O_RDONLY | O_CLOEXEC)
    }

    private func begin(_ place: Int32, client: Int32, route: Int, by listener: Listener) {
        let record = table.record(place)
        table.side(place, .client).pointee.descriptor = client
        record.pointee.route = route
        record.pointee.arrival = now
        // Any phase but `unused`: the next step decides which.
        record.pointee.phase = .waiting
        record.pointee.client = listener.client
        record.pointee.priority = routes[route].treatment.load.priority(ofClient: listener.client)
        routes[route].connections += 1
        routes[route].counters.accepted += 1
        record.pointee.isEncrypted = listener.isEncrypted
        if listener.isIntroduced || listener.isEncrypted || routes[route].treatment.application != .tcp {
            record.pointee.hasExchange = true
            table.exchange(place).initialize(to: Exchange())
        }
        if listener.isIntroduced { beginIntroduction(place) } else { introduced(place) }
    }

    /// It is known whose connection it is.
    func introduced(_ place: Int32) {
        if table.record(place).pointee.isEncrypted { beginSecuring(place) } else { begin(place) }
    }

    /// What the client says from here on is for its service.
    func begin(_ place: Int32) {
        let route = table.record(place).pointee.route
        if routes[route].accessLog != nil, !routes[route].treatment.application.isHTTP { noteConnection(place) }
        switch routes[route].treatment.application {
        case .tcp, .postgres, .redis, .bolt:
            routes[route].retries.noteRequest(at: instant)
            dispatch(place)
        case .http, .ollama: beginReading(place)
        }
    }

    /// Leads a connection, or an HTTP client's request, where its route leads now.
    func dispatch(_ place: Int32) {
        let route = table.record(place).pointee.route
        guard countForClient(place) else { return refuseForClient(place) }
        switch routes[route].state {
        case .open:
            // Who comes while others wait does not overtake them, unless they wait for want of importance.
            if routes[route].waiting.isEmpty || overtakesAll(place) { connect(place) } else { park(place) }
        case .held:
            park(place)
        case .refused:
            refuse(place)
        }
    }
}
