internal import Glibc
internal import Protocols
internal import Stack

/// Requests of HTTP clients, from the first byte to the moment in which an instance can be asked.
extension Forwarder {
    /// A client has come by a route that speaks HTTP.
    func beginReading(_ place: Int32) {
        table.record(place).pointee.isHTTP = true
        table.record(place).pointee.phase = .reading
        table.exchange(place).pointee.client = clientAddress(place)
        expectRequest(place)
        setInterest(place, .client, Poller.readable)
    }

    /// Who the client is, by what a proxy says or by itself.
    func clientAddress(_ place: Int32) -> ClientAddress {
        let known = table.record(place).pointee.hasExchange ? table.exchange(place).pointee.introduction : nil
        return known.map { ClientAddress($0.source.address) }
            ?? ClientAddress(table.side(place, .client).pointee.descriptor)
    }

    /// Something happened at a client between two requests.
    func readingClientEvent(_ place: Int32, _ events: UInt32) {
        let side = table.side(place, .client)
        guard !table.exchange(place).pointee.flags.contains(.collecting) else { return collect(place) }
        guard side.pointee.pending.isEmpty else {
            guard flushClient(place), side.pointee.pending.isEmpty else { return }
            return takeUpKeptInput(place)
        }
        receiveRequest(place)
    }

    private func receiveRequest(_ place: Int32) {
        let exchange = table.exchange(place)
        let (memory, space) = room(of: exchange)
        switch Socket.receive(table.side(place, .client).pointee.descriptor, into: memory, count: space) {
        case .bytes(let count):
            routes[table.record(place).pointee.route].counters.bytesIn &+= UInt64(count)
            guard let buffer = exchange.pointee.input.buffer else {
                return takeUp(place, UnsafeRawBufferPointer(start: memory, count: count))
            }
            exchange.pointee.input.end += count
            let input = exchange.pointee.input
            takeUp(place, UnsafeRawBufferPointer(start: buffer + input.start, count: input.end - input.start))
        case .wouldBlock:
            break
        case .ended, .failed:
            finish(place)
        }
    }

    /// Where the next bytes of a request go. What is kept of it begins at the start of its buffer.
    private func room(of exchange: UnsafeMutablePointer<Exchange>) -> (UnsafeMutableRawPointer, Int) {
        guard let buffer = exchange.pointee.input.buffer else { return (scratch, BufferPool.size) }
        return (buffer + exchange.pointee.input.end, BufferPool.size - exchange.pointee.input.end)
    }

    /// Goes on with what the client had sent beyond its last request, or waits for more.
    func takeUpKeptInput(_ place: Int32) {
        let input = table.exchange(place).pointee.input
        guard let buffer = input.buffer, !input.isEmpty else {
            dropInput(place)
            return setInterest(place, .client, Poller.readable)
        }
        takeUp(place, UnsafeRawBufferPointer(start: buffer + input.start, count: input.end - input.start))
    }

    /// Takes up a request, as soon as its head is whole. The bytes are in `scratch` or are the kept input.
    private func takeUp(_ place: Int32, _ bytes: UnsafeRawBufferPointer) {
        let exchange = table.exchange(place)
        if isForeign(bytes), isFirstRequest(place) { return passThrough(place, bytes) }
        let parsed = HTTPHeadParser.parseRequest(
            bytes, fields: fields, limits: limits.http, scannedBefore: exchange.pointee.scanned)
        switch parsed {
        case .incomplete:
            keepInput(place, bytes)
            exchange.pointee.scanned = bytes.count
            startHeadDeadline(place)
            setInterest(place, .client, Poller.readable)
        case .refused(let refusal):
            keepInput(place, UnsafeRawBufferPointer(rebasing: bytes[bytes.count...]))
            routes[table.record(place).pointee.route].counters.http.malformed &+= 1
            answer(place, Answer(status: refusal.status, text: "\(refusal.reason)"), closing: true)
        case .head(let head):
            begin(place, head, bytes)
        }
    }

    /// TLS and HTTP/2 begin with bytes that no HTTP/1.1 request begins with.
    private func isForeign(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first else { return false }
        if first == 0x16 { return true }
        return first == UInt8(ascii: "P") && bytes.count >= 14 && bytes.starts(with: "PRI * HTTP/2.0".utf8)
    }

    private func isFirstRequest(_ place: Int32) -> Bool {
        table.exchange(place).pointee.startedAt == 0
    }

    /// Forwards a client that does not speak HTTP/1.1 as it is.
    private func passThrough(_ place: Int32, _ bytes: UnsafeRawBufferPointer) {
        keepInput(place, bytes)
        noteConnection(place)
        if let note = table.record(place).pointee.note { note.pointee.requestBytes = UInt64(bytes.count) }
        let exchange = table.exchange(place)
        table.side(place, .server).pointee.pending = exchange.pointee.input
        exchange.pointee.input = Pending()
        table.record(place).pointee.isHTTP = false
        dispatch(place)
    }

    private func begin(_ place: Int32, _ head: HTTPRequestHead, _ bytes: UnsafeRawBufferPointer) {
        let record = table.record(place)
        let exchange = table.exchange(place)
        let route = record.pointee.route
        record.pointee.arrival = now
        exchange.pointee.scanned = 0
        exchange.pointee.headStartedAt = 0
        exchange.pointee.startedAt = now
        exchange.pointee.deadline = 0
        exchange.pointee.attempts = 0
        exchange.pointee.earlierAttempts = 0
        exchange.pointee.shortcoming = nil
        exchange.pointee.steps = 0
        exchange.pointee.method = head.method
        exchange.pointee.requestBody = BodyProgress(head.framing)
        exchange.pointee.bodyBytes = 0
        exchange.pointee.owesRetry = false
        classify(place, head, bytes)
        exchange.pointee.flags = flags(of: head, route: route, bytes)
        routes[route].counters.http.total &+= 1
        routes[route].retries.noteRequest(at: instant)
        if routes[route].accessLog != nil || record.pointee.note != nil { noteRequest(place, head, bytes) }
        if case .length(let length) = head.framing, let limit = routes[route].treatment.bodyLimit, length > limit {
            keepInput(place, UnsafeRawBufferPointer(rebasing: bytes[bytes.count...]))
            return answer(place, Answer(status: 413, text: "the body is larger than allowed"), closing: true)
        }
        if routes[route].treatment.queue != nil, isOfQueue(place, head, bytes) { return }
        guard let consumed = compose(place, head, bytes) else { return }
        if let note = record.pointee.note { note.pointee.requestBytes = UInt64(consumed) }
        noteAsked(place, head, bytes)
        keepInput(place, UnsafeRawBufferPointer(rebasing: bytes[consumed...]))
        guard !collects(place, head) else { return }
        dispatch(place)
    }

    /// What the head says of whose turn comes first and of where the request belongs.
    private func classify(_ place: Int32, _ head: HTTPRequestHead, _ bytes: UnsafeRawBufferPointer) {
        let route = table.record(place).pointee.route
        table.record(place).pointee.priority = routes.priority(
            of: head, route, client: table.record(place).pointee.client, fields: fields, in: bytes)
        guard let name = routes[route].treatment.balanceHeader else { return }
        let value = FieldSearch.value(of: name, in: fields[..<head.fieldCount], bytes)
        // A request without the field counts as one with an empty value.
        table.exchange(place).pointee.balanceKey = value.map { StableHash($0).value } ?? StableHash().value
    }

    private func flags(of head: HTTPRequestHead, route: Int, _ bytes: UnsafeRawBufferPointer) -> Exchange.Flags {
        var flags: Exchange.Flags = []
        if !head.keepsAlive || head.minorVersion == 0 { flags.insert(.closes) }
        if head.minorVersion == 0 { flags.insert(.isOld) }
        if head.wantsUpgrade { flags.insert(.upgrades) }
        if isRepeatable(head, route: route, bytes) { flags.insert(.repeatable) }
        if routes[route].treatment.leadsOut, wasMoved(head, bytes) { flags.insert(.moved) }
        if routes[route].treatment.asksOtherModels, OllamaPath.generates(path(of: head, bytes)) {
            flags.insert(.generates)
        }
        return flags
    }

    private func wasMoved(_ head: HTTPRequestHead, _ bytes: UnsafeRawBufferPointer) -> Bool {
        HTTPFieldView(
            fields: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(fields)[..<head.fieldCount]), original: bytes
        ).wasMoved
    }

    /// Whether sending it twice does no more than sending it once (RFC 9110 section 9.2.2), as far as anybody says so.
    private func isRepeatable(_ head: HTTPRequestHead, route: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        if head.wantsUpgrade { return false }
        if routes[route].treatment.isRepeatable(head.method) { return true }
        if hasIdempotencyKey(head) { return true }
        switch routes[route].treatment.application {
        case .ollama: return OllamaPath.isSafeToRepeat(path(of: head, bytes))
        case .http, .tcp, .postgres, .redis, .bolt: return false
        }
    }

    private func hasIdempotencyKey(_ head: HTTPRequestHead) -> Bool {
        for index in 0..<head.fieldCount where fields[index].known == .idempotencyKey { return true }
        return false
    }

    func path(of head: HTTPRequestHead, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(head.path.lowerBound)..<Int(head.path.upperBound)])
    }

    /// Writes the request as it goes to the instance, with as much of its body as is there and has room. Returns how many
    /// of the bytes that took; nil where the client was answered instead.
    private func compose(_ place: Int32, _ head: HTTPRequestHead, _ bytes: UnsafeRawBufferPointer) -> Int? {
        let exchange = table.exchange(place)
        let buffer = buffers.take()
        exchange.pointee.request = Pending(buffer: buffer, start: 0, end: 0)
        exchange.pointee.unsent = 0
        let room = UnsafeMutableRawBufferPointer(start: buffer, count: BufferPool.size)
        guard let length = composeHead(place, head, bytes, into: room) else {
            keepInput(place, UnsafeRawBufferPointer(rebasing: bytes[bytes.count...]))
            answer(place, Answer(status: 431, text: "the head is larger than allowed"), closing: true)
            return nil
        }
        let available = bytes.count - head.headLength
        let part = UnsafeRawBufferPointer(
            rebasing: bytes[head.headLength..<head.headLength + min(available, BufferPool.size - length)])
        guard let taken = exchange.pointee.requestBody.take(part) else {
            keepInput(place, UnsafeRawBufferPointer(rebasing: bytes[bytes.count...]))
            answer(place, Answer(status: 400, text: "the body's chunks are malformed"), closing: true)
            return nil
        }
        guard isBodyWithinLimit(place, taken) else {
            keepInput(place, UnsafeRawBufferPointer(rebasing: bytes[bytes.count...]))
            answer(place, Answer(status: 413, text: "the body is larger than allowed"), closing: true)
            return nil
        }
        if taken > 0, let start = part.baseAddress { (buffer + length).copyMemory(from: start, byteCount: taken) }
        exchange.pointee.request.end = length + taken
        return head.headLength + taken
    }

    /// Keeps the bytes for later, in the place of all that were kept before; they may be part of those.
    func keepInput(_ place: Int32, _ bytes: UnsafeRawBufferPointer) {
        let exchange = table.exchange(place)
        guard let source = bytes.baseAddress, bytes.count > 0 else { return dropInput(place) }
        let buffer = exchange.pointee.input.buffer ?? buffers.take()
        memmove(buffer, source, bytes.count)
        exchange.pointee.input = Pending(buffer: buffer, start: 0, end: bytes.count)
    }

    func dropInput(_ place: Int32) {
        let exchange = table.exchange(place)
        if let buffer = exchange.pointee.input.buffer { buffers.giveBack(buffer) }
        exchange.pointee.input = Pending()
        exchange.pointee.scanned = 0
    }
}
