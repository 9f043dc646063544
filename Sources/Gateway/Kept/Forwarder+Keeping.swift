internal import Glibc
internal import Protocols

/// Good answers that are kept while they pass, for the time when their service has none.
extension Forwarder {
    /// Forgets the answers of services whose answers are not kept any more.
    func forgetAnswersOfOthers() {
        guard answers.size > 0 else { return }
        answers.forgetAll(
            but: Set(
                routes.all.filter { routes[$0].isConfigured && routes[$0].treatment.kept != nil }.map {
                    routes[$0].service
                }))
    }

    /// Remembers what the request asks for, where the answers of its service are kept.
    func noteAsked(_ place: Int32, _ head: HTTPRequestHead, _ bytes: UnsafeRawBufferPointer) {
        let route = table.record(place).pointee.route
        guard routes[route].treatment.kept != nil else { return }
        asked[place] = AskedRequest(head, fields: UnsafeBufferPointer(fields), bytes, port: routes[route].target)
        table.exchange(place).pointee.flags.insert(.asked)
    }

    /// The service itself answers with a head whose fields were just read.
    func noteAnswer(_ place: Int32, _ head: HTTPResponseHead, _ bytes: UnsafeRawBufferPointer) {
        let record = table.record(place)
        guard table.exchange(place).pointee.flags.contains(.asked), record.pointee.origin == nil,
            let asked = asked[place], let kept = routes[record.pointee.route].treatment.kept
        else { return }
        let service = routes[record.pointee.route].service
        let response = HTTPFieldView(
            fields: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(fields)[..<head.fieldCount]), original: bytes)
        guard asked.method == .get else {
            // What has changed something has made earlier answers wrong (RFC 9111 section 4.4).
            if !asked.method.isSafe, head.status < 400 { answers.forget(asked.target, of: service) }
            return
        }
        switch head.status {
        case 200: break
        case 404, 410: return answers.forget(asked.target, of: service)
        case _: return
        }
        if HTTPStoredLife.forbids(response) { answers.forget(asked.target, of: service) }
        guard let answer = incoming(head, response, to: asked, most: Int(clamping: kept.entry)) else { return }
        asked.answer = answer
        table.exchange(place).pointee.flags.insert(.keeping)
    }

    private func incoming(
        _ head: HTTPResponseHead, _ response: HTTPFieldView, to asked: AskedRequest, most: Int
    ) -> AskedRequest.Coming? {
        switch head.framing {
        case .none, .untilClose: break
        case .length(let length): guard length <= UInt64(most) else { return nil }
        case .chunked: break
        }
        return asked.withFields { request in
            guard let life = HTTPStoredLife(response: response, to: request, now: Int64(time(nil))),
                let variations = HTTPVariation.all(response: response, request: request)
            else { return nil }
            let room = UnsafeMutableRawBufferPointer(start: outgoing, count: BufferPool.size)
            guard let length = HTTPHeadWriter.writeStoredFields(head, response, into: room) else { return nil }
            return AskedRequest.Coming(
                variations: variations, fields: Array(room[..<length]), life: life, isChunked: head.framing == .chunked)
        }
    }

    /// A part of such an answer's body passes.
    func keepPassing(_ place: Int32, _ bytes: UnsafeRawBufferPointer) {
        guard table.exchange(place).pointee.flags.contains(.keeping), let asked = asked[place] else { return }
        let route = table.record(place).pointee.route
        let length = (asked.answer?.body.count ?? 0) + bytes.count
        guard length <= Int(clamping: routes[route].treatment.kept?.entry ?? 0),
            passingBytes.take(bytes.count)
        else { return giveUpKeeping(place) }
        asked.answer?.body.append(contentsOf: bytes)
    }

    /// The answer is whole.
    func finishKeeping(_ place: Int32) {
        guard table.exchange(place).pointee.flags.contains(.keeping), let asked = asked[place],
            let answer = asked.answer
        else { return }
        giveUpKeeping(place)
        let route = table.record(place).pointee.route
        guard let kept = routes[route].treatment.kept, let body = body(of: answer) else { return }
        let whole = KeptAnswer(
            target: asked.target, variations: answer.variations, fields: answer.fields, body: body, life: answer.life,
            cameAt: now)
        answers.keep(whole, of: routes[route].service, most: Int(clamping: kept.size)) { former in
            asked.withFields { request in former.variations.allSatisfy { $0.fits(request) } }
        }
    }

    private func body(of answer: AskedRequest.Coming) -> [UInt8]? {
        guard answer.isChunked else { return answer.body }
        var length: Int?
        let body = [UInt8](unsafeUninitializedCapacity: answer.body.count) { room, count in
            length = answer.body.withUnsafeBytes {
                ChunkedPayload.copy($0, into: UnsafeMutableRawBufferPointer(room))
            }
            count = length ?? 0
        }
        return length == nil ? nil : body
    }

    /// What came of an answer is of no use.
    func giveUpKeeping(_ place: Int32) {
        guard table.exchange(place).pointee.flags.contains(.keeping) else { return }
        table.exchange(place).pointee.flags.remove(.keeping)
        guard let asked = asked[place] else { return }
        passingBytes.giveBack(asked.answer?.body.count ?? 0)
        asked.answer = nil
    }

    /// What the client asked for is answered, or nobody is there any more to be answered.
    func forgetAsked(_ place: Int32) {
        guard table.exchange(place).pointee.flags.contains(.asked) else { return }
        giveUpKeeping(place)
        asked[place] = nil
        table.exchange(place).pointee.flags.remove(.asked)
    }
}
