internal import Glibc

extension Forwarder {
    /// Asks the backend whose turn it is, and the others if it does not accept.
    func connect(_ place: Int32) {
        let record = table.record(place)
        let route = record.pointee.route
        record.pointee.attempts = 0
        record.pointee.routeRevision = routes[route].revision
        record.pointee.phase = .waiting
        if record.pointee.isHTTP, canReuseServer(place) { return startExchange(place, isReused: true) }
        closeServer(place)
        guard let (choice, backend) = routes.chooseBackend(of: route) else { return park(place) }
        ask(place, choice: choice, backend: backend)
    }

    /// Starts a connect(2) and goes through the backends for as long as they refuse at once.
    private func ask(_ place: Int32, choice: Int, backend: Int) {
        let record = table.record(place)
        var (choice, backend) = (choice, backend)
        while true {
            record.pointee.attempts += 1
            record.pointee.choice = choice
            if record.pointee.isHTTP, takeIdle(place, backend: backend) {
                return startExchange(place, isReused: true)
            }
            if startConnect(place, to: backend) {
                record.pointee.phase = .connecting
                record.pointee.connectDeadline = now + limits.connect
                connecting.append(place, in: table)
                setInterest(place, .server, Poller.writable)
                poller.wake(at: record.pointee.connectDeadline)
                return
            }
            guard let next = nextBackend(record) else { return park(place) }
            (choice, backend) = next
        }
    }

    private func startConnect(_ place: Int32, to backend: Int) -> Bool {
        guard let address = routes.backends.entries[backend]?.address,
            let descriptor = Socket.stream(family: address.family)
        else { return false }
        guard address.connect(descriptor) == 0 || errno == EINPROGRESS else {
            close(descriptor)
            return false
        }
        Socket.prepare(descriptor)
        // One that is made in the very moment in which the server dies is complete on this side alone, and the kernel
        // tells nobody: a client that says nothing first would wait for ever. The first question is answered by a reset.
        Socket.askWhetherPeerLives(descriptor, every: 1)
        table.record(place).pointee.isProven = false
        table.side(place, .server).pointee.descriptor = descriptor
        table.record(place).pointee.backend = backend
        routes.connect(backend)
        return true
    }

    /// The backend to ask next; nil where all were asked, or where the route leads elsewhere by now.
    private func nextBackend(_ record: UnsafeMutablePointer<Connection>) -> (choice: Int, backend: Int)? {
        let route = record.pointee.route
        guard record.pointee.routeRevision == routes[route].revision else { return nil }
        return routes.backend(of: route, after: record.pointee.choice, attempts: record.pointee.attempts)
    }

    /// A connect(2) has succeeded or failed.
    func connectEnded(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) {
        let descriptor = table.side(place, .server).pointee.descriptor
        let hasFailed = Socket.connectError(descriptor) != 0 || isItself(descriptor, record)
        connecting.remove(place, in: table)
        if hasFailed {
            connectFailed(place, record)
        } else {
            establish(place, record)
        }
    }

    private func isItself(_ descriptor: Int32, _ record: UnsafeMutablePointer<Connection>) -> Bool {
        // The kernel gives clients no ports below these, however it is set up.
        guard let backend = record.pointee.backend, let port = routes.backends.entries[backend]?.address.port,
            port >= 1024
        else { return false }
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
            connectFailed(place, record)
        }
    }

    private func connectFailed(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) {
        dropServer(place)
        let route = record.pointee.route
        if record.pointee.routeRevision != routes[route].revision {
            reconsider(place, route)
        } else if let (choice, backend) = nextBackend(record) {
            ask(place, choice: choice, backend: backend)
        } else {
            record.pointee.phase = .waiting
            park(place)
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
        if side.pointee.descriptor >= 0 { Socket.reset(side.pointee.descriptor) }
        let pending = side.pointee.pending
        side.pointee = Side()
        side.pointee.pending = pending
        if let backend = record.pointee.backend { routes.disconnect(backend) }
        record.pointee.backend = nil
    }

    private func establish(_ place: Int32, _ record: UnsafeMutablePointer<Connection>) {
        let route = record.pointee.route
        let revision = record.pointee.routeRevision
        if record.pointee.hasWaited { routes[route].counters.released += 1 }
        record.pointee.hasWaited = false
        if record.pointee.isHTTP {
            startExchange(place, isReused: false)
        } else {
            record.pointee.phase = .relaying
            routes[route].counters.active += 1
            updateInterest(place, .client)
            updateInterest(place, .server)
        }
        guard revision == routes[route].revision else { return }
        routes[route].retryDelay.reset()
        routes[route].retryAt = nil
        releaseWaiting(route)
    }
}
