internal import Glibc
internal import Protocols
internal import Stack

/// What a client gets where its service cannot answer.
extension Forwarder {
    /// The service, or what stood in for it, has not answered the client's request: the next step of the fallback chain
    /// does, or the gateway itself. Nothing of an answer has been passed on yet.
    func fail(_ place: Int32, _ shortcoming: Shortcoming) {
        let exchange = table.exchange(place)
        endCounted(place)
        closeServer(place)
        dropResponse(place)
        returnToOrigin(place)
        let shortcoming = exchange.pointee.shortcoming ?? shortcoming
        exchange.pointee.shortcoming = shortcoming
        let route = table.record(place).pointee.route
        while exchange.pointee.steps < routes[route].treatment.fallback.count {
            let step = routes[route].treatment.fallback[exchange.pointee.steps]
            exchange.pointee.steps += 1
            if take(step, place) { return }
        }
        answerInstead(place, shortcoming.answer(of: routes[route].service, retryAfter: retryAfter(route)))
    }

    /// Whether the step takes the request over.
    private func take(_ step: FallbackStep, _ place: Int32) -> Bool {
        switch step {
        case .service(let name, let port):
            guard canTake(step, place), let target = routes.place(of: name, port: port) else { return false }
            lend(place, to: target)
            return true
        case .answer(let answer):
            routes[table.record(place).pointee.route].counters.http.count(fallback: .static)
            answerInstead(place, Answer(answer))
            return true
        }
    }

    /// Whether the step could take the request over now, as far as can be known.
    private func canTake(_ step: FallbackStep, _ place: Int32) -> Bool {
        switch step {
        case .service(let name, let port):
            guard maySend(place), let target = routes.place(of: name, port: port) else { return false }
            return routes[target].treatment.application.isHTTP && routes.mightServe(target, at: instant)
        case .answer:
            return true
        }
    }

    /// Whether the whole request is there and does no harm when it is sent, as nothing of it was or it may be repeated.
    private func maySend(_ place: Int32) -> Bool {
        let exchange = table.exchange(place)
        let flags = exchange.pointee.flags
        guard exchange.pointee.request.buffer != nil, exchange.pointee.request.start == 0 else { return false }
        return flags.contains(.repeatable) || !flags.contains(.sent)
    }

    /// Sends the request where another route leads, with its breakers and by its rules, but without waiting there.
    private func lend(_ place: Int32, to target: Int) {
        let record = table.record(place)
        record.pointee.origin = record.pointee.route
        record.pointee.route = target
        record.pointee.hasWaited = false
        record.pointee.phase = .waiting
        routes[target].connections += 1
        routes[target].retries.noteRequest(at: instant)
        table.exchange(place).pointee.earlierAttempts = table.exchange(place).pointee.attempts
        dispatch(place)
    }

    /// Goes back to the route that the client came by. Its connection to an instance, if it has one, is of no use there.
    func returnToOrigin(_ place: Int32) {
        let record = table.record(place)
        guard let origin = record.pointee.origin else { return }
        giveBackServer(place)
        routes[record.pointee.route].connections -= 1
        record.pointee.route = origin
        record.pointee.origin = nil
    }

    /// Has the chain go on in place of passing on an answer that is a failure; false where the answer is none, or nobody
    /// has a better one.
    ///
    /// The answer that is always the same is none: what an instance says of its failure is worth more.
    func replaceAnswer(_ place: Int32, status: Int) -> Bool {
        let record = table.record(place)
        guard routes[record.pointee.route].treatment.isFailure(status: status) else { return false }
        let chain = routes[record.pointee.origin ?? record.pointee.route].treatment.fallback
        let isStandIn = record.pointee.origin != nil
        let hasBetter = chain.dropFirst(table.exchange(place).pointee.steps).contains { step in
            switch step {
            case .service: canTake(step, place)
            case .answer: isStandIn
            }
        }
        guard hasBetter else { return false }
        routes[record.pointee.route].counters.http.count(status: status)
        settle(place, failure: .answer("answers with a status of 5xx"))
        fail(place, .failing)
        return true
    }

    /// Counts the answer of a stand-in that begins.
    func countStandIn(_ place: Int32) {
        guard let origin = table.record(place).pointee.origin else { return }
        routes[origin].counters.http.count(fallback: .service)
    }

    /// Adds to a composed head that it is a stand-in's, if it is. The length of the head; nil where it does not fit.
    func markStandIn(_ place: Int32, head length: Int?, in room: UnsafeMutableRawBufferPointer) -> Int? {
        let record = table.record(place)
        guard let length, record.pointee.origin != nil else { return length }
        return FallbackField.add("service \(routes[record.pointee.route].service)", toHead: length, in: room)
    }

    /// Answers in place of any instance.
    private func answerInstead(_ place: Int32, _ answer: Answer) {
        let exchange = table.exchange(place)
        let route = table.record(place).pointee.route
        routes[route].counters.http.failed &+= 1
        switch exchange.pointee.shortcoming {
        case .unavailable: routes[route].counters.refused += 1
        case .brokeOff, .brokeOffAgain, .senseless, .late, .failing, nil: break
        }
        self.answer(place, answer, closing: false)
    }

    /// Seconds after which a client may be served: when a breaker lets calls through on trial, else as a repair goes.
    private func retryAfter(_ route: Int) -> UInt32 {
        switch routes[route].state {
        case .open: seconds(until: routes.nextTrial(route) ?? .zero)
        case .held: 1
        case .refused: 10
        }
    }

    private func seconds(until instant: Instant) -> UInt32 {
        UInt32(clamping: max(1, (instant.nanoseconds - now + 999_999_999) / 1_000_000_000))
    }
}
