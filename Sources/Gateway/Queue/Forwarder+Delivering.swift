internal import Breaking
internal import Glibc
internal import Queueing
internal import Stack
internal import Wire

/// Requests that were kept, on their way to a service that is back. To the loop each is one more client, who comes by no
/// socket that anybody else could come by, and whom no fallback and no wait stands open.
extension Forwarder {
    private static let lookInterval: Int64 = 100_000_000

    /// What the thread that has the disk has to say.
    func takeQueueNews() {
        guard let queues else { return }
        for news in queues.takeNews() {
            switch news {
            case .accepted(let outcome, let client): queued(outcome, client)
            case .looked(let reply, let client): looked(reply, client)
            case .delivery(let delivery): begin(delivery)
            case .changed(let name, let report): changed(name, report)
            case .sentence(let sentence): report(sentence)
            }
        }
    }

    /// What a queue has is this now.
    func changed(_ name: QueueName, _ report: QueueReport) {
        queues?.note(report, of: name)
        if let route = routes.place(of: name.service, port: name.target), queues?.has(name) == true {
            routes[route].counters.queue = GatewayCounters.Queue(report)
        }
        if report.summary.hasDue { lookAtQueuesSoon() }
    }

    /// Has the routes looked at that have something to deliver: one of them may have opened.
    func lookAtQueuesSoon() {
        guard let queues else { return }
        queues.lookAt = min(queues.lookAt, now)
        poller.wake(at: queues.lookAt)
    }

    /// Has those begin that may.
    func lookAtQueues() {
        guard let queues, queues.lookAt < .max else { return }
        guard queues.lookAt <= now else { return poller.wake(at: queues.lookAt) }
        queues.lookAt = .max
        for (name, report) in queues.reports where report.summary.hasDue && queues.has(name) {
            guard let route = routes.place(of: name.service, port: name.target), routes[route].state == .open else {
                continue
            }
            queues.lookAt = now + Self.lookInterval
            if takesDeliveries(route) { queues.post(.deliver(name)) }
        }
        if queues.lookAt < .max { poller.wake(at: queues.lookAt) }
    }

    /// Whether a delivery would keep nobody waiting and find somebody, as far as can be known.
    private func takesDeliveries(_ route: Int) -> Bool {
        routes[route].state == .open && routes[route].waiting.isEmpty && routes[route].ramp == nil
            && hasRoom(route, .lowest) && routes.mightServe(route, at: instant)
    }

    private func begin(_ delivery: Delivery) {
        guard let route = routes.place(of: delivery.name.service, port: delivery.name.target), takesDeliveries(route),
            let place = table.add()
        else {
            delivery.judge(.unavailable)
            close(delivery.gatewayEnd)
            return
        }
        Socket.makeNonblocking(delivery.gatewayEnd)
        deliveries[place] = delivery
        table.side(place, .client).pointee.descriptor = delivery.gatewayEnd
        let record = table.record(place)
        record.pointee.route = route
        record.pointee.arrival = now
        record.pointee.isDelivery = true
        record.pointee.isHTTP = true
        record.pointee.hasExchange = true
        record.pointee.phase = .reading
        routes[route].connections += 1
        table.exchange(place).initialize(to: Exchange())
        table.exchange(place).pointee.client = .ownGateway
        expectRequest(place)
        setInterest(place, .client, Poller.readable)
    }

    /// The service has not answered what is delivered.
    func failDelivery(_ place: Int32, _ shortcoming: Shortcoming) {
        deliveries[place]?.judge(outcome(place, shortcoming))
        noteRefusal(place)
        finish(place)
    }

    private func outcome(_ place: Int32, _ shortcoming: Shortcoming) -> DeliveryOutcome {
        let service = routes[table.record(place).pointee.route].service
        switch shortcoming {
        case .unavailable where table.exchange(place).pointee.attempts == 0: return .unavailable
        case .unavailable: return .brokeOff("\(service) has broken off")
        case .brokeOff, .brokeOffAgain, .senseless, .untrusted, .late, .failing:
            return .brokeOff(shortcoming.answer(of: service, retryAfter: 0).text)
        }
    }

    /// The gateway itself does not let it through.
    func refuseDelivery(_ place: Int32, _ answer: Answer) {
        deliveries[place]?.judge(.refused(answer.text))
    }

    /// Leaves what is kept to another gateway, as soon as nothing is on its way here.
    func handOverQueues() {
        queues?.post(.handOver)
    }
}

extension GatewayCounters.Queue {
    fileprivate init(_ report: QueueReport) {
        self.init()
        tickets = report.summary.counts.map { UInt64(max($0, 0)) }
        bytes = UInt64(max(report.summary.bytes, 0))
        accepted = report.accepted
        refused = report.refused
        delivered = report.delivered
        failed = report.failed
        expired = report.expired
    }
}
