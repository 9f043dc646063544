internal import Glibc
internal import Protocols
internal import Stack

/// What a client gets where its service cannot answer.
extension Forwarder {
    /// The service, or what stood in for it, has not answered the client's request: the next step of the fallback chain
    /// does, or the gateway itself. Nothing of an answer has been passed on yet.
    func fail(_ place: Int32, _ shortcoming: Shortcoming) {
        let exchange = table.exchange(place)
        exchange.pointee.owesRetry = false
        endCounted(place)
        closeServer(place)
        dropResponse(place)
        guard !table.record(place).pointee.isDelivery else { return failDelivery(place, shortcoming) }
        returnToOrigin(place)
        let shortcoming = exchange.pointee.shortcoming ?? shortcoming
        exchange.pointee.shortcoming = shortcoming
        let route = table.record(place).pointee.route
        while exchange.pointee.steps < routes[route].treatment.fallback.count {
            let step = routes[route].treatment.fallback[exchange.pointee.steps]
            exchange.pointee.steps += 1
            if take(step, place) { return }
        }
        countOwnAnswer(place, nil)
        answer(
            place, shortcoming.answer(of: routes[route].service, retryAfter: retryAfter(route)), closing: false)
    }

    /// Whether the client gets something better than the end of a wait: others have waited in vain already, and a step can
    /// take its request over now.
    func needNotWait(_ place: Int32) -> Bool {
        let record = table.record(place)
        guard record.pointee.isHTTP, routes[record.pointee.route].waitedInVain else { return false }
        return routes[record.pointee.route].treatment.fallback.contains { step in
            switch step {
            case .service, .url, .model, .stale, .queue: canTake(step, place)
            case .answer: false
            }
        }
    }

    /// Whether the step takes the request over.
    private func take(_ step: FallbackStep, _ place: Int32) -> Bool {
        guard canTake(step, place) else { return false }
        switch step {
        case .service, .model:
            guard let target = target(of: step, place), step.model.map({ name($0, in: place) }) ?? true else {
                return false
            }
            lend(place, to: target)
        case .url(let url):
            guard let target = target(of: step, place), address(place, to: url) else { return false }
            lend(place, to: target)
        case .stale(let stale):
            guard let kept = keptAnswer(place, within: stale) else { return false }
            countOwnAnswer(place, step.kind)
            answer(place, with: kept)
        case .queue:
            return beginQueueing(place)
        case .answer(let answer):
            countOwnAnswer(place, step.kind)
            self.answer(place, Answer(answer), closing: false)
        }
        return true
    }

    /// Whether the step could take the request over now, as far as can be known.
    private func canTake(_ step: FallbackStep, _ place: Int32) -> Bool {
        switch step {
        case .service, .model:
            guard maySend(place), let target = target(of: step, place), step.model == nil || namesModel(place) else {
                return false
            }
            return routes[target].treatment.application.isHTTP && routes.mightServe(target, at: instant)
        case .url:
            // Whoever was sent here for want of an answer would go round in a circle.
            guard maySend(place), let target = target(of: step, place),
                table.exchange(place).pointee.flags.isDisjoint(with: [.moved, .upgrades])
            else { return false }
            return routes.mightServe(target, at: instant)
        case .stale(let stale):
            return keptAnswer(place, within: stale) != nil
        case .queue:
            return maySend(place) && isForQueue(place)
        case .answer:
            return true
        }
    }

    /// The route that the step leads to.
    private func target(of step: FallbackStep, _ place: Int32) -> Int? {
        switch step {
        case .service(let name, let port, _): routes.place(of: name, port: port)
        case .url(let url): routes.place(of: url.origin, port: url.port)
        case .model: table.record(place).pointee.origin ?? table.record(place).pointee.route
        case .stale, .queue, .answer: nil
        }
    }

    /// Whether the request is one in which another model may be named.
    private func namesModel(_ place: Int32) -> Bool {
        let exchange = table.exchange(place)
        guard exchange.pointee.flags.contains(.generates), exchange.pointee.requestBody.isEnded else { return false }
        return withRequest(place) { OllamaRequest.namesModel($0) } ?? false
    }

    /// Names another model in the request; false where there is no room for it.
    private func name(_ model: String, in place: Int32) -> Bool {
        var model = model
        return model.withUTF8 { model in
            change(place) { OllamaRequest.rewrite($0, model: UnsafeRawBufferPointer(model), into: $1) }
        }
    }

    /// Makes the request one for another server; false where there is no room for that.
    private func address(_ place: Int32, to url: FallbackURL) -> Bool {
        var (prefix, host) = (url.prefix, url.authority)
        let isChanged = prefix.withUTF8 { prefix in
            host.withUTF8 { host in
                change(place) {
                    HTTPRequestMove.write(
                        $0, prefix: UnsafeRawBufferPointer(prefix), host: UnsafeRawBufferPointer(host), into: $1)
                }
            }
        }
        let exchange = table.exchange(place)
        if isChanged, !exchange.pointee.requestBody.isEnded { exchange.pointee.flags.insert(.outgrown) }
        return isChanged
    }

    /// Sets the request aside for one that `write` makes of it; false where it makes none.
    private func change(
        _ place: Int32, _ write: (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) -> Int?
    ) -> Bool {
        let exchange = table.exchange(place)
        let buffer = buffers.take()
        let room = UnsafeMutableRawBufferPointer(start: buffer, count: BufferPool.size)
        guard let length = withRequest(place, { write($0, room) }) ?? nil else {
            buffers.giveBack(buffer)
            return false
        }
        exchange.pointee.original = exchange.pointee.request
        exchange.pointee.request = Pending(buffer: buffer, start: 0, end: length)
        return true
    }

    func withRequest<Result>(_ place: Int32, _ use: (UnsafeRawBufferPointer) -> Result) -> Result? {
        let request = table.exchange(place).pointee.request
        return request.buffer.map { use(UnsafeRawBufferPointer(start: $0, count: request.end)) }
    }

    /// Whether the whole request is there and does no harm when it is sent, as nothing of it was or it may be repeated.
    func maySend(_ place: Int32) -> Bool {
        let exchange = table.exchange(place)
        let flags = exchange.pointee.flags
        guard exchange.pointee.request.buffer != nil, exchange.pointee.request.start == 0 else { return false }
        return flags.contains(.repeatable) || !flags.contains(.sent)
    }

    /// Sends the request where another route leads, with its breakers and by its rules, but without waiting there.
    private func lend(_ place: Int32, to target: Int) {
        let record = table.record(place)
        rampEnded(place, .ignored)
        noteStandIn(place)
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
        freeSlot(place)
        routes[record.pointee.route].connections -= 1
        record.pointee.route = origin
        record.pointee.origin = nil
        restoreRequest(place)
    }

    /// Takes back what was changed in the request, for what comes after.
    private func restoreRequest(_ place: Int32) {
        let exchange = table.exchange(place)
        guard exchange.pointee.original.buffer != nil else { return }
        guard !exchange.pointee.flags.contains(.outgrown) else { return dropRequest(place) }
        if let buffer = exchange.pointee.request.buffer { buffers.giveBack(buffer) }
        exchange.pointee.request = exchange.pointee.original
        exchange.pointee.original = Pending()
    }

    /// Has the chain go on in place of passing on an answer that is a failure, or says that there is no such model; false
    /// where the answer is neither, or nobody has a better one.
    ///
    /// The answer that is always the same is none: what an instance says of its failure is worth more.
    func replaceAnswer(_ place: Int32, status: Int) -> Bool {
        let record = table.record(place)
        let isFailure = routes[record.pointee.route].treatment.isFailure(status: status)
        // What the service itself says to a request that was kept for it is what its client wants to know.
        guard !record.pointee.isDelivery else { return false }
        let lacksModel = status == 404 && table.exchange(place).pointee.flags.contains(.generates)
        guard isFailure || lacksModel else { return false }
        let chain = routes[record.pointee.origin ?? record.pointee.route].treatment.fallback
        let next = chain.dropFirst(table.exchange(place).pointee.steps).first { step in
            switch step {
            case .service, .url, .model, .stale: canTake(step, place)
            // Other failures would come again, and who waits for an answer had better know now.
            case .queue: status == 503 && canTake(step, place)
            case .answer: record.pointee.origin != nil
            }
        }
        guard let next else { return false }
        routes[record.pointee.route].counters.http.count(status: status)
        settleFailure(place, isFailure: isFailure, next: next)
        fail(place, .failing)
        return true
    }

    private func settleFailure(_ place: Int32, isFailure: Bool, next: FallbackStep) {
        switch next {
        // One model fails, and the instance is asked for another: what it says then tells whether it is the instance.
        case .model: settle(place, .ignored)
        case .service, .url, .stale, .queue, .answer:
            if isFailure {
                settle(place, failure: .answer("answers with a status of 5xx"))
            } else {
                settle(place, .success)
            }
        }
    }

    /// The step of the chain that answers the client's request now; nil where its own service does.
    private func presentStep(_ place: Int32) -> FallbackStep? {
        guard let origin = table.record(place).pointee.origin else { return nil }
        let (chain, place) = (routes[origin].treatment.fallback, table.exchange(place).pointee.steps - 1)
        return chain.indices.contains(place) ? chain[place] : nil
    }

    /// Counts the answer of a stand-in that begins.
    func countStandIn(_ place: Int32) {
        guard let origin = table.record(place).pointee.origin, let step = presentStep(place) else { return }
        routes[origin].counters.http.count(fallback: step.kind)
    }

    /// Adds to a composed head that it is a stand-in's, if it is. The length of the head; nil where it does not fit.
    func markStandIn(_ place: Int32, head length: Int?, in room: UnsafeMutableRawBufferPointer) -> Int? {
        guard let length else { return nil }
        switch presentStep(place) {
        case nil, .stale, .queue, .answer: return length
        case .service(let name, _, model: nil): return FallbackField.add("service \(name)", toHead: length, in: room)
        case .service(let name, _, .some(let model)):
            return FallbackField.add("service \(name), model \(model)", toHead: length, in: room)
        case .url(let url): return FallbackField.add("url \(url.origin)\(url.prefix)", toHead: length, in: room)
        case .model(let model): return FallbackField.add("model \(model)", toHead: length, in: room)
        }
    }

    /// Counts an answer that no instance gives now.
    private func countOwnAnswer(_ place: Int32, _ kind: FallbackKind?) {
        let route = table.record(place).pointee.route
        if let kind { routes[route].counters.http.count(fallback: kind) }
        routes[route].counters.http.failed &+= 1
        switch table.exchange(place).pointee.shortcoming {
        case .unavailable:
            routes[route].counters.refused += 1
            noteRefusal(place)
        case .brokeOff, .brokeOffAgain, .senseless, .untrusted, .late, .failing, nil: break
        }
    }

    /// Seconds after which a client may be served: when a breaker lets calls through on trial, else as a repair goes.
    func retryAfter(_ route: Int) -> UInt32 {
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
