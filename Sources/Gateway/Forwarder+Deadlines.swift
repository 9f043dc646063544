internal import Stack

/// How long the parties to an HTTP request may take. They are looked at in rounds, as exactness is worth less than a loop
/// that does nothing for each of them.
extension Forwarder {
    private static let busyRound: Int64 = 100_000_000

    /// Has the next round take place by then.
    func sweepAt(_ deadline: Int64) {
        guard deadline > 0 else { return }
        let due = max(deadline, now + Self.busyRound)
        guard due < nextSweep else { return }
        nextSweep = due
        poller.wake(at: due)
    }

    /// The client may take its time until it begins with a request.
    func expectRequest(_ place: Int32) {
        setDeadline(place, routes[table.record(place).pointee.route].treatment.timeouts.idle)
    }

    /// It has begun.
    func startHeadDeadline(_ place: Int32) {
        let exchange = table.exchange(place)
        guard exchange.pointee.headStartedAt == 0 else { return }
        exchange.pointee.headStartedAt = now
        setDeadline(place, routes[table.record(place).pointee.route].treatment.timeouts.head)
    }

    /// The request is on its way.
    func startResponseDeadline(_ place: Int32) {
        let timeouts = routes[table.record(place).pointee.route].treatment.timeouts
        let isStreaming = !table.exchange(place).pointee.requestBody.isEnded
        setDeadline(place, isStreaming ? timeouts.stream : timeouts.response)
        noteIfHanging(place)
    }

    /// The response is on its way.
    func startStreamDeadline(_ place: Int32) {
        setDeadline(place, routes[table.record(place).pointee.route].treatment.timeouts.stream)
    }

    private func setDeadline(_ place: Int32, _ wait: Int64?) {
        let deadline = wait.map { now.addingReportingOverflow($0) }.map { $0.overflow ? .max : $0.partialValue } ?? 0
        table.exchange(place).pointee.deadline = deadline
        sweepAt(deadline)
    }

    /// Looks at all connections whether somebody has taken too long.
    func sweep() {
        guard nextSweep <= now else { return poller.wake(at: nextSweep) }
        nextSweep = .max
        for place in table.places where table.record(place).pointee.hasExchange { sweep(place) }
        sweepBridges()
        let oldest = now - limits.idleServer
        for place in idle.places(where: { $0.since <= oldest }) { closeIdle(place) }
        if let oldest = idle.oldest { sweepAt(oldest + limits.idleServer) }
    }

    private func sweep(_ place: Int32) {
        let record = table.record(place)
        let exchange = table.exchange(place)
        let deadline = exchange.pointee.deadline
        switch record.pointee.phase {
        case .unused, .waiting, .connecting, .relaying: return
        case .introducing, .securing, .reading, .exchanging, .refusing, .closing: break
        }
        noteIfHanging(place)
        guard deadline > 0, deadline <= now else { return sweepAt(deadline) }
        switch record.pointee.phase {
        case .reading where exchange.pointee.flags.contains(.collecting):
            answer(place, Answer(status: 408, text: "the request took too long to come"), closing: true)
        case .reading where exchange.pointee.input.isEmpty || !table.side(place, .client).pointee.pending.isEmpty:
            finish(place)
        case .reading:
            answer(place, Answer(status: 408, text: "the request took too long to come"), closing: true)
        case .exchanging:
            tookTooLong(place)
        case .refusing:
            refuseAtOnce(place)
        case .securing:
            clientNotSecured(place, .timeout)
        case .introducing, .closing:
            finish(place)
        case .unused, .waiting, .connecting, .relaying:
            break
        }
    }

    /// Whoever is waited for in an exchange does not come.
    private func tookTooLong(_ place: Int32) {
        let exchange = table.exchange(place)
        let route = table.record(place).pointee.route
        guard exchange.pointee.requestBody.isEnded, table.side(place, .client).pointee.pending.isEmpty else {
            // It is the client that is waited for.
            if let note = table.record(place).pointee.note { note.pointee.reason = "the client took too long" }
            return breakOff(place)
        }
        let hasBegun = exchange.pointee.flags.contains(.answered)
        recordCall(place, hasBegun ? .truncated : .timeout)
        settle(place, failure: .silence("no answer in time"))
        guard !hasBegun else {
            routes[route].counters.http.truncated &+= 1
            return breakOff(place)
        }
        routes[route].counters.http.timeouts &+= 1
        fail(place, .late)
    }
}
