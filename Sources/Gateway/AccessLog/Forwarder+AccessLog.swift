internal import Platform
internal import Protocols
internal import Stack

/// What the access log says of requests and connections, where their route logs. Elsewhere none of this is called.
extension Forwarder {
    /// Has every route log as its configuration says.
    func configureAccessLogs() {
        guard let accessLog else { return }
        for route in routes.all {
            let policy = routes[route].treatment.accessLog
            guard policy != routes[route].accessLog?.policy else { continue }
            routes[route].accessLog = policy.map { policy in
                Route.AccessLog(policy: policy, file: accessLog.file(of: routes[route].service, policy.rotation))
            }
        }
    }

    /// A client was accepted, or goes on by another protocol than HTTP.
    func noteConnection(_ place: Int32) {
        guard let note = prepareNote(place) else { return }
        note.pointee.open(at: now)
    }

    /// A client's request is taken up; its head was just parsed.
    func noteRequest(_ place: Int32, _ head: HTTPRequestHead, _ bytes: UnsafeRawBufferPointer) {
        guard let note = prepareNote(place) else { return }
        note.pointee.open(at: now)
        note.pointee.method.set(Self.part(bytes, head.methodName))
        note.pointee.path.set(Self.part(bytes, head.path))
        for index in 0..<head.fieldCount where fields[index].known == .xRequestID {
            note.pointee.requestID.set(Self.part(bytes, fields[index].value))
        }
    }

    /// The request came without a name, and was given this one.
    func noteRequestName(_ place: Int32, _ name: UnsafeMutableRawBufferPointer) {
        guard let note = table.record(place).pointee.note, note.pointee.requestID.length == 0 else { return }
        note.pointee.requestID.set(UnsafeRawBufferPointer(name))
    }

    private static func part(_ bytes: UnsafeRawBufferPointer, _ range: Range<UInt32>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    /// The note of a connection whose route logs; a route may begin and end to while clients are connected.
    private func prepareNote(_ place: Int32) -> UnsafeMutablePointer<AccessNote>? {
        let record = table.record(place)
        guard routes[record.pointee.route].accessLog != nil else {
            dropNote(place)
            return nil
        }
        if let note = record.pointee.note { return note }
        let note = notes.take()
        note.pointee.client = table.record(place).pointee.isDelivery ? .ownGateway : clientAddress(place)
        record.pointee.note = note
        return note
    }

    /// Gives up the note of a connection, if it has one.
    func dropNote(_ place: Int32) {
        guard let note = table.record(place).pointee.note else { return }
        notes.giveBack(note)
        table.record(place).pointee.note = nil
    }

    /// The gateway answers itself. Where no instance has anything to do with that, it is the request that is wrong.
    func noteAnswer(_ place: Int32, status: UInt16, bytes: Int) {
        let record = table.record(place)
        let isLogged = routes[record.pointee.route].accessLog != nil
        // A request that makes no sense has none yet.
        guard let note = record.pointee.note ?? (isLogged ? prepareNote(place) : nil) else { return }
        if !note.pointee.isOpen { note.pointee.open(at: now) }
        note.pointee.status = status
        note.pointee.responseBytes &+= UInt64(max(bytes, 0))
        guard note.pointee.outcome == nil else { return }
        guard status != 429 else { return noteRefusal(place, "the client has too many requests") }
        note.pointee.outcome = "rejected"
        note.pointee.reason =
            switch status {
            case 408: "the request took too long to come"
            case 413: "the body is larger than allowed"
            case 414, 431: "the head is larger than allowed"
            case _: "the request is malformed"
            }
    }

    /// Bytes of a response go to the client; zero is no news of its status.
    func noteResponse(_ place: Int32, bytes: Int, status: UInt16 = 0) {
        guard let note = table.record(place).pointee.note else { return }
        note.pointee.responseBytes &+= UInt64(max(bytes, 0))
        if status > 0 { note.pointee.status = status }
    }

    /// The client is not served, for that reason or for what its route is; the first that is known counts.
    func noteRefusal(_ place: Int32, _ reason: String? = nil) {
        guard let note = table.record(place).pointee.note, !note.pointee.isRefused else { return }
        note.pointee.isRefused = true
        note.pointee.outcome = "refused"
        if let reason {
            note.pointee.reason = reason
            return
        }
        note.pointee.reason =
            switch routes[table.record(place).pointee.route].state {
            case .held: "the hold has ended"
            case .refused: "the service is not available"
            case .open: "no instance takes calls"
            }
    }

    /// Another one is asked in place of the client's own service: what becomes of that counts.
    func noteStandIn(_ place: Int32) {
        guard let note = table.record(place).pointee.note else { return }
        note.pointee.isRefused = false
        note.pointee.outcome = nil
        note.pointee.reason = nil
    }

    /// One end has broken off. Where it was the instance, that was told before.
    func noteBreak(_ place: Int32) {
        guard let note = table.record(place).pointee.note, note.pointee.reason == nil else { return }
        note.pointee.reason = table.record(place).pointee.isHTTP ? "the client left" : "the connection broke off"
    }

    /// Writes the line of what the client has had under way, if it had something.
    func writeNote(_ place: Int32) {
        guard let note = table.record(place).pointee.note, note.pointee.isOpen else { return }
        note.pointee.isOpen = false
        note.pointee.endHold(at: now)
        // The route that the client came by, whoever stood in for it.
        let route = table.record(place).pointee.origin ?? table.record(place).pointee.route
        guard let accessLog, let log = routes[route].accessLog else { return }
        accessLog.append(to: log.file, at: now) { room in
            var line = AccessLineWriter(log.policy.format, into: room)
            write(note, route: route, to: &line)
            return line.end()
        }
        poller.wake(at: accessLog.flushAt)
    }

    private func write(_ note: UnsafeMutablePointer<AccessNote>, route: Int, to line: inout AccessLineWriter) {
        line.time("time", nanosecondsSince1970: Calendar.now())
        withUnsafeBytes(of: &note.pointee.client.text) { address in
            let length = note.pointee.client.length
            routes[route].logName.withUnsafeBytes { line.text("service", $0) }
            line.number("port", UInt64(routes[route].target))
            line.text("protocol", routes[route].treatment.application.word)
            if length > 0 { line.text("client", UnsafeRawBufferPointer(rebasing: address[..<length])) }
        }
        if note.pointee.instance != CallLedger.none {
            routes.calls.name(at: note.pointee.instance).withUnsafeBytes { line.text("instance", $0) }
        }
        if note.pointee.method.length > 0 {
            Self.put(&note.pointee.method, "method", &line)
            Self.put(&note.pointee.path, "path", &line)
        }
        if note.pointee.status > 0 { line.number("status", UInt64(note.pointee.status)) }
        line.number("request_bytes", note.pointee.requestBytes)
        line.number("response_bytes", note.pointee.responseBytes)
        line.seconds("duration_seconds", nanoseconds: now - note.pointee.startedAt)
        line.seconds("held_seconds", nanoseconds: note.pointee.held)
        line.number("attempts", UInt64(note.pointee.attempts))
        line.text("outcome", note.pointee.outcome ?? CallOutcome.cancelled.word)
        if var reason = note.pointee.reason {
            reason.withUTF8 { line.text("reason", UnsafeRawBufferPointer($0)) }
        }
        if note.pointee.requestID.length > 0 { Self.put(&note.pointee.requestID, "request_id", &line) }
    }

    private static func put<let most: Int>(
        _ text: inout AccessNote.Text<most>, _ name: StaticString, _ line: inout AccessLineWriter
    ) {
        let (length, isCut) = (text.length, text.isCut)
        text.withBytes { line.text(name, UnsafeRawBufferPointer(rebasing: $0[..<length]), isCut: isCut) }
    }

    /// Writes a line for everything that is still under way, as the gateway ends, and all that is gathered.
    func endAccessLogs() {
        now = Poller.now()
        for place in table.places {
            guard let note = table.record(place).pointee.note, note.pointee.isOpen else { continue }
            note.pointee.outcome = note.pointee.outcome ?? CallOutcome.cancelled.word
            note.pointee.reason = "the gateway ended"
            writeNote(place)
        }
        accessLog?.finish()
    }
}

extension ApplicationProtocol {
    /// Its name.
    fileprivate var word: StaticString {
        switch self {
        case .tcp: "tcp"
        case .http: "http"
        case .postgres: "postgres"
        case .redis: "redis"
        case .bolt: "bolt"
        case .ollama: "ollama"
        }
    }
}
