internal import Breaking
internal import Protocols
internal import Queueing

/// Clients that ask what has become of a request that was kept, by its ticket.
extension Forwarder {
    /// Takes up a request of a route that keeps requests, where it is about a ticket; false where it is for the service.
    func isOfQueue(_ place: Int32, _ head: HTTPRequestHead, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !table.record(place).pointee.isDelivery else {
            // Those who wait for an answer come first.
            table.record(place).pointee.priority = .lowest
            return false
        }
        let path = path(of: head, bytes)
        guard queues != nil, path.starts(with: TicketDocument.prefix.utf8) else { return false }
        // A body, which such a request has no use for, ends the connection with the answer.
        let rest = table.exchange(place).pointee.requestBody.isEnded ? head.headLength : bytes.count
        keepInput(place, UnsafeRawBufferPointer(rebasing: bytes[rest...]))
        noteTicket(place)
        look(place, head.method, path)
        return true
    }

    private func look(_ place: Int32, _ method: HTTPMethod, _ path: UnsafeRawBufferPointer) {
        let words = path.dropFirst(TicketDocument.prefix.utf8.count).prefix { $0 != UInt8(ascii: "?") }
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard let id = words.first.flatMap({ TicketID($0) }), words.count == 1 || words.dropFirst() == ["response"]
        else {
            return answer(place, .unknownTicket, closing: false)
        }
        switch (method, words.count) {
        case (.get, 1), (.head, 1): ask(place, id, .ticket)
        case (.get, _), (.head, _): ask(place, id, .response)
        case (.delete, 1): ask(place, id, .withdrawal)
        case _:
            var answer = Answer(status: 405, text: "a ticket may be read and withdrawn, its response be read")
            answer.fields += words.count == 1 ? "Allow: GET, HEAD, DELETE\r\n" : "Allow: GET, HEAD\r\n"
            self.answer(place, answer, closing: false)
        }
    }

    private func ask(_ place: Int32, _ id: TicketID, _ question: TicketQuestion) {
        let record = table.record(place)
        table.exchange(place).pointee.flags.insert([.queueing, .collecting])
        setInterest(place, .client, 0)
        let client = WaitingClient(place: place, generation: record.pointee.generation)
        queues?.post(.look(queueName(record.pointee.route), id, question, client))
    }

    /// What is known of the ticket.
    func looked(_ reply: TicketReply, _ client: WaitingClient) {
        guard isWaiting(client) else { return }
        let place = client.place
        endQueueing(place)
        switch reply {
        case .unknown:
            answer(place, .unknownTicket, closing: false)
        case .ticket(let text):
            answer(place, Answer(status: 200, text: text, contentType: "application/json"), closing: false)
        case .response(let response):
            answer(place, with: response)
        case .noResponse(isTooLarge: false):
            answer(place, Answer(status: 404, text: "the service has not answered yet"), closing: false)
        case .noResponse(isTooLarge: true):
            answer(place, Answer(status: 410, text: "the answer was too large to be kept"), closing: false)
        case .withdrawn(let id):
            let text = "{\"state\":\"withdrawn\",\"ticket\":\"\(id)\"}\n"
            answer(place, Answer(status: 200, text: text, contentType: "application/json"), closing: false)
        case .tooLate(let text):
            answer(place, Answer(status: 409, text: text, contentType: "application/json"), closing: false)
        }
    }

    /// Answers with what the service has answered to the request that was kept.
    private func answer(_ place: Int32, with response: KeptResponse) {
        let exchange = table.exchange(place)
        let body = response.body ?? []
        exchange.pointee.deadline = 0
        noteAnswer(place, status: response.status, bytes: body.count)
        writeNote(place)
        let closes = exchange.pointee.flags.contains(.closes) || !exchange.pointee.requestBody.isEnded
        guard let length = writeHead(of: response, closes: closes),
            write(place, to: .client, UnsafeRawBufferPointer(start: outgoing, count: length)),
            exchange.pointee.method == .head || send(body, place)
        else { return breakOff(place) }
        answered(place, closes: closes)
    }

    private func writeHead(of response: KeptResponse, closes: Bool) -> Int? {
        (response.fields + Array("Hale-Fallback: queue\r\n".utf8)).withUnsafeBytes { fields in
            (response.body ?? []).withUnsafeBytes { body in
                // The head alone, as the body is sent from where it lies.
                HTTPAnswer(
                    status: response.status, retryAfterSeconds: nil,
                    contentType: UnsafeRawBufferPointer(start: nil, count: 0), extraFields: fields, body: body,
                    answersHead: true, closes: closes
                ).write(into: UnsafeMutableRawBufferPointer(start: outgoing, count: BufferPool.size))
            }
        }
    }

    private func noteTicket(_ place: Int32) {
        if let note = table.record(place).pointee.note { note.pointee.outcome = "ticket" }
    }
}

extension Answer {
    fileprivate static var unknownTicket: Answer { Answer(status: 404, text: "there is no such ticket") }
}
