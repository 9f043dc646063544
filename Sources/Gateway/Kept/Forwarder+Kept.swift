internal import Protocols
internal import Stack

/// Kept answers on their way to a client whose service has none.
extension Forwarder {
    /// The kept answer that the client's request may be answered with; nil where there is none.
    func keptAnswer(_ place: Int32, within stale: StaleAnswers) -> KeptAnswer? {
        let record = table.record(place)
        guard table.exchange(place).pointee.flags.contains(.asked), let asked = asked[place] else { return nil }
        switch asked.method {
        case .get, .head: break
        case .post, .put, .delete, .options, .trace, .connect, .patch, .other: return nil
        }
        let service = routes[record.pointee.origin ?? record.pointee.route].service
        let limit = stale.age.map { UInt64(max(0, $0.nanoseconds) / 1_000_000_000) }
        return asked.withFields { request in
            answers.find(asked.target, of: service) { answer in
                answer.variations.allSatisfy { $0.fits(request) }
                    && answer.life.serves(request, after: answer.seconds(at: now), limit: limit)
            }
        }
    }

    /// Answers the client with it.
    func answer(_ place: Int32, with kept: KeptAnswer) {
        let exchange = table.exchange(place)
        endCall(place)
        dropRequest(place)
        exchange.pointee.deadline = 0
        noteAnswer(place, status: 200, bytes: kept.body.count)
        writeNote(place)
        let isHead = exchange.pointee.method == .head
        let closes = exchange.pointee.flags.contains(.closes) || !exchange.pointee.requestBody.isEnded
        guard let length = writeHead(of: kept, closes: closes),
            write(place, to: .client, UnsafeRawBufferPointer(start: outgoing, count: length))
        else { return breakOff(place) }
        guard isHead || send(kept.body, place) else { return breakOff(place) }
        answered(place, closes: closes)
    }

    /// Sends a body behind its head, as the client takes it; false where the client is gone.
    func send(_ body: [UInt8], _ place: Int32) -> Bool {
        guard !body.isEmpty else { return true }
        unsent[place] = UnsentBody(bytes: body)
        table.exchange(place).pointee.flags.insert(.refills)
        return refillClient(place)
    }

    private func writeHead(of kept: KeptAnswer, closes: Bool) -> Int? {
        let age = kept.life.age(after: kept.seconds(at: now))
        var extra = kept.fields + Array("Age: \(min(age, 1 << 31))\r\n".utf8)
        // Obsolete since RFC 9111, and the one thing that older clients know.
        if age > kept.life.lifetime { extra += Array("Warning: 110 - \"Response is Stale\"\r\n".utf8) }
        extra += Array("Hale-Fallback: stale\r\n".utf8)
        return extra.withUnsafeBytes { extra in
            kept.body.withUnsafeBytes { body in
                // The head alone, as the body is sent from where it lies.
                HTTPAnswer(
                    status: 200, retryAfterSeconds: nil, contentType: UnsafeRawBufferPointer(start: nil, count: 0),
                    extraFields: extra, body: body, answersHead: true, closes: closes
                ).write(into: UnsafeMutableRawBufferPointer(start: outgoing, count: BufferPool.size))
            }
        }
    }

    /// Hands the client more of the answer that it has yet to get; false where it is gone.
    func refillClient(_ place: Int32) -> Bool {
        while table.side(place, .client).pointee.pending.isEmpty, var rest = unsent[place] {
            let end = min(rest.sent + BufferPool.size, rest.bytes.count)
            let isWritten = rest.bytes.withUnsafeBytes {
                write(place, to: .client, UnsafeRawBufferPointer(rebasing: $0[rest.sent..<end]))
            }
            guard isWritten else { return false }
            rest.sent = end
            if end == rest.bytes.count {
                unsent[place] = nil
                table.exchange(place).pointee.flags.remove(.refills)
            } else {
                unsent[place] = rest
            }
        }
        restartDeadline(place)
        return true
    }

    /// A client that takes what it gets is not slow.
    private func restartDeadline(_ place: Int32) {
        switch table.record(place).pointee.phase {
        case .reading: expectRequest(place)
        case .closing:
            table.exchange(place).pointee.deadline = now + limits.lingering
            sweepAt(table.exchange(place).pointee.deadline)
        case .unused, .introducing, .securing, .waiting, .connecting, .relaying, .exchanging, .refusing: break
        }
    }
}

/// The body of a kept answer of which a client has yet to get some.
struct UnsentBody {
    let bytes: [UInt8]
    /// Bytes of it that the client has, or that wait for it.
    var sent = 0
}
