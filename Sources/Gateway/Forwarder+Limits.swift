internal import Breaking
internal import Stack

/// How many calls of a route are in progress at a time. A call has a slot from the moment in which an instance is asked
/// until it ends, and none while it waits.
extension Forwarder {
    /// Whether another call of that priority may begin.
    func hasRoom(_ route: Int, _ priority: Priority) -> Bool {
        guard let limit = routes[route].limit else { return true }
        return limit.admits(
            priority, inFlight: routes[route].inFlight, shares: routes[route].treatment.load.shares)
    }

    /// Whether a call goes before all who wait, because there is room for it and not for them.
    func overtakesAll(_ place: Int32) -> Bool {
        let record = table.record(place)
        let route = record.pointee.route
        guard routes[route].limit != nil, routes[route].ramp == nil, routes[route].retryAt == nil else { return false }
        let first = routes[route].waiting.first
        return record.pointee.priority > table.record(first).pointee.priority
            && hasRoom(route, record.pointee.priority)
    }

    /// Gives a call its slot; false where there is none.
    func takeSlot(_ place: Int32) -> Bool {
        let record = table.record(place)
        let route = record.pointee.route
        guard routes[route].limit != nil, !record.pointee.hasSlot else { return true }
        guard hasRoom(route, record.pointee.priority) else { return false }
        routes[route].inFlight += 1
        record.pointee.hasSlot = true
        record.pointee.slotSince = now
        record.pointee.slotInFlight = Int32(clamping: routes[route].inFlight)
        return true
    }

    /// Takes a call's slot back; whoever waits for one may have it.
    func freeSlot(_ place: Int32) {
        let route = table.record(place).pointee.route
        guard giveBackSlot(place), !routes[route].waiting.isEmpty else { return }
        lookAtLine(of: route)
    }

    /// Takes back the slot of a call that found nobody to serve it, and so would the next one; whether it had one.
    @discardableResult
    func giveBackSlot(_ place: Int32) -> Bool {
        let record = table.record(place)
        guard record.pointee.hasSlot else { return false }
        record.pointee.hasSlot = false
        routes[record.pointee.route].inFlight -= 1
        return true
    }

    /// What the end of a call says of how much the service can do. One that failed at once says nothing.
    func learn(_ place: Int32, isDropped: Bool) {
        let record = table.record(place)
        guard record.pointee.hasSlot else { return }
        routes[record.pointee.route].limit?.record(
            .nanoseconds(now - record.pointee.slotSince), inFlight: Int(record.pointee.slotInFlight),
            dropped: isDropped)
    }

    /// Has the line of a route looked at when this turn's events are done with.
    func lookAtLine(of route: Int) {
        if !linesToLookAt.contains(route) { linesToLookAt.append(route) }
    }

    /// Lets those go on whose turn has come by what happened in this turn.
    func lookAtLines() {
        while let route = linesToLookAt.popLast() {
            continueRamp(route)
            fillSlots(route)
        }
    }

    /// The first in line have the free slots. Where the service does not accept, the first of them finds out alone.
    private func fillSlots(_ route: Int) {
        guard routes[route].limit != nil, routes[route].state == .open, routes[route].ramp == nil,
            routes[route].retryAt == nil
        else { return }
        var left = routes[route].waiting.count
        while left > 0, routes[route].retryAt == nil, !routes[route].waiting.isEmpty {
            let first = routes[route].waiting.first
            guard hasRoom(route, table.record(first).pointee.priority) else { return }
            left -= 1
            routes[route].waiting.remove(first, in: table)
            connect(first)
        }
    }

    /// Counts a call for its client until ``endCall(_:)``; false where the client has as many as it may.
    func countForClient(_ place: Int32) -> Bool {
        let record = table.record(place)
        // Whoever stands in for a service counts nobody's clients but its own.
        guard record.pointee.origin == nil, let most = routes[record.pointee.route].treatment.load.perClient,
            !record.pointee.isCountedForClient, !record.pointee.isDelivery
        else { return true }
        let key = clientKey(place)
        guard routes[record.pointee.route].clients.add(key, upTo: most) else { return false }
        record.pointee.clientKey = key
        record.pointee.isCountedForClient = true
        return true
    }

    /// A request, or a connection that is none of requests, is over.
    func endCall(_ place: Int32) {
        freeSlot(place)
        let record = table.record(place)
        guard record.pointee.isCountedForClient else { return }
        record.pointee.isCountedForClient = false
        routes[record.pointee.origin ?? record.pointee.route].clients.remove(record.pointee.clientKey)
    }

    /// The same number for the same client address.
    private func clientKey(_ place: Int32) -> UInt64 {
        let record = table.record(place)
        if record.pointee.isHTTP { return table.exchange(place).pointee.client.key }
        return clientAddress(place).key
    }
}
