internal import Breaking
internal import Stack
internal import Wire

/// Counting calls, with how long they took.
///
/// A call over HTTP begins when an instance is asked and ends with the end of the response. With other protocols it is the
/// connection: what is timed is how long that takes to make and, where the gateway can tell, until the instance has
/// answered first.
extension Forwarder {
    /// An instance is asked.
    func trackCall(_ place: Int32, backend: Int) {
        let record = table.record(place)
        record.pointee.call = Call(isOpen: true, place: routes.callPlace(of: backend), startedAt: now)
        guard let note = record.pointee.note else { return }
        note.pointee.attempts &+= 1
        note.pointee.reason = nil
    }

    /// What was begun is no call: nothing can be said of the instance.
    func forgetCall(_ place: Int32) {
        let record = table.record(place)
        guard record.pointee.call.isOpen else { return }
        record.pointee.call.isOpen = false
        if let note = record.pointee.note { note.pointee.attempts &-= 1 }
    }

    /// The client's call has ended so. Counted once for each call.
    func recordCall(_ place: Int32, _ outcome: CallOutcome) {
        let record = table.record(place)
        guard record.pointee.call.isOpen else { return }
        record.pointee.call.isOpen = false
        let call = record.pointee.call
        if let note = record.pointee.note {
            note.pointee.outcome = outcome.word
            note.pointee.instance = call.place
        }
        let duration = call.duration >= 0 ? call.duration : now - call.startedAt
        routes.calls.record(outcome, nanoseconds: duration, at: call.place)
    }

    /// The client's call has ended as was known of it before; without that it is the client who has left.
    func recordCall(_ place: Int32) {
        recordCall(place, table.record(place).pointee.call.outcome ?? .cancelled)
    }

    /// What an instance has said, or done, says this of the client's call. With HTTP the call goes on until the response
    /// has ended.
    func noteOutcome(_ place: Int32, _ told: CircuitBreaker.Outcome) {
        let record = table.record(place)
        let outcome: CallOutcome
        switch told {
        case .success: outcome = .success
        case .failure: outcome = .failure
        case .ignored: return forgetCall(place)
        }
        if record.pointee.isHTTP, record.pointee.phase == .exchanging {
            record.pointee.call.outcome = outcome
        } else {
            recordCall(place, outcome)
        }
    }

    /// The connection of a client that is forwarded byte by byte is made.
    func callConnected(_ place: Int32) {
        let record = table.record(place)
        switch routes[record.pointee.route].treatment.application {
        case .tcp, .http, .ollama: record.pointee.call.duration = now - record.pointee.call.startedAt
        case .postgres, .redis, .bolt: record.pointee.call.silentSince = now
        }
    }

    /// The first bytes of such a client go on: until then it was not the instance that took its time.
    func clientBegins(_ record: UnsafeMutablePointer<Connection>) {
        record.pointee.call.startedAt += now - record.pointee.call.silentSince
        record.pointee.call.silentSince = 0
    }

    /// Both directions of a connection have ended in order. Where the gateway understands nothing of it, that is all it
    /// can ask for.
    func callFinished(_ place: Int32) {
        let record = table.record(place)
        guard record.pointee.phase == .relaying, record.pointee.call.duration >= 0 else { return }
        recordCall(place, .success)
    }

    /// What has changed of the counts of calls since this was last asked, or all of them.
    func takeCalls(all: Bool) -> GatewayCalls? {
        routes.calls.take(all: all)
    }
}
