internal import Glibc
internal import Protocols

/// What the gateway says itself to an HTTP client.
struct Answer {
    /// The status code.
    var status: Int
    /// A sentence for the body.
    var text: String
    /// The body's media type.
    var contentType = "text/plain; charset=utf-8"
    /// Seconds after which it is worth trying again.
    var retryAfter: Int?

    /// The response as it is sent (RFC 9112 section 4). Without the body where the request was HEAD.
    func bytes(closes: Bool, withBody: Bool) -> [UInt8] {
        let body = contentType.hasPrefix("text/plain") && !text.isEmpty ? text + "\n" : text
        var head = "HTTP/1.1 \(status) \(Self.reason(status))\r\nContent-Type: \(contentType)\r\n"
        head += "Content-Length: \(body.utf8.count)\r\nCache-Control: no-store\r\n"
        if let retryAfter { head += "Retry-After: \(retryAfter)\r\n" }
        if closes { head += "Connection: close\r\n" }
        return Array((head + "\r\n" + (withBody ? body : "")).utf8)
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 417: "Expectation Failed"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case _: "Answer"
        }
    }
}

extension Forwarder {
    /// Answers the client's request instead of an instance. `closing` ends the connection with it: what follows of the
    /// request, if anything, is not understood.
    func answer(_ place: Int32, _ answer: Answer, closing: Bool) {
        let exchange = table.exchange(place)
        let record = table.record(place)
        let closes = closing || exchange.pointee.flags.contains(.closes) || !exchange.pointee.requestBody.isEnded
        let bytes = answer.bytes(closes: closes, withBody: exchange.pointee.method != .head)
        endCounted(place)
        dropRequest(place)
        dropResponse(place)
        exchange.pointee.deadline = 0
        guard bytes.withUnsafeBytes({ write(place, to: .client, $0) }) else { return breakOff(place) }
        if closes {
            closeServer(place)
            return closeAfterFlush(place)
        }
        record.pointee.phase = .reading
        expectRequest(place)
        guard table.side(place, .client).pointee.pending.isEmpty else {
            return setInterest(place, .client, Poller.writable)
        }
        // A client that sends many at once, each of which is answered here, takes turns with the others.
        setInterest(place, .client, Poller.readable)
        if !exchange.pointee.input.isEmpty { takeUpKeptInput(place) }
    }

    /// Answers a request that an instance could not, in place of a response of its own that has not begun.
    func fail(_ place: Int32, _ answer: Answer) {
        endCounted(place)
        closeServer(place)
        let route = table.record(place).pointee.route
        routes[route].counters.http.failed &+= 1
        if let fallback = routes[route].treatment.fallback {
            let own = Answer(status: fallback.status, text: fallback.body, contentType: fallback.contentType)
            return self.answer(place, own, closing: false)
        }
        self.answer(place, answer, closing: false)
    }

    /// Tells a client that waited in vain, or need not wait.
    func answerUnavailable(_ place: Int32) {
        let route = table.record(place).pointee.route
        fail(
            place,
            Answer(status: 503, text: "\(routes[route].service) is not available", retryAfter: retryAfter(route)))
    }

    private func retryAfter(_ route: Int) -> Int {
        switch routes[route].state {
        case .open, .held: 1
        case .refused: 10
        }
    }

    /// Ends a client's connection once it has taken what is kept for it. It may be sending still: closing at once would
    /// have the kernel reset the connection, and the answer could be lost with it.
    func closeAfterFlush(_ place: Int32) {
        table.record(place).pointee.phase = .closing
        table.exchange(place).pointee.deadline = now + limits.lingering
        sweepAt(table.exchange(place).pointee.deadline)
        guard table.side(place, .client).pointee.pending.isEmpty else {
            return setInterest(place, .client, Poller.writable)
        }
        Socket.endOutput(table.side(place, .client).pointee.descriptor)
        setInterest(place, .client, Poller.readable)
    }

    /// Something happened at a client that has its last answer.
    func closingClientEvent(_ place: Int32) {
        let side = table.side(place, .client)
        guard side.pointee.pending.isEmpty else {
            guard flushClient(place), side.pointee.pending.isEmpty else { return }
            return closeAfterFlush(place)
        }
        switch Socket.receive(side.pointee.descriptor, into: scratch, count: BufferPool.size) {
        case .bytes, .wouldBlock: break
        case .ended, .failed: finish(place)
        }
    }
}
