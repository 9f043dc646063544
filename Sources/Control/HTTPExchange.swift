internal import CMicroHTTPD

/// One request and its answer, between the library's calls.
private final class Exchange {
    let head: RequestHead
    private let bodyLimit: Int
    private var body: [UInt8] = []
    private var isTooLarge = false
    private var discarded = 0

    init(head: RequestHead, bodyLimit: Int) {
        self.head = head
        self.bodyLimit = bodyLimit
    }

    /// Takes more of the body; false once so much came beyond the limit that the caller will hardly read an answer.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if !isTooLarge, bytes.count <= bodyLimit - body.count {
            body.append(contentsOf: bytes)
            return true
        }
        isTooLarge = true
        body = []
        discarded += bytes.count
        return discarded <= bodyLimit
    }

    func answer(from answerer: any RequestAnswerer) -> Response {
        isTooLarge ? answerer.tooLarge(head) : answerer.answer(head, body: body)
    }
}

/// The library's access handler: called once with the head, then with each piece of the body, then to get the answer.
let handleRequest: MHD_AccessHandlerCallback = {
    context, connection, path, method, _, upload, uploadSize, state in
    guard let context, let connection, let path, let method, let uploadSize, let state else { return .NO }
    let daemon = Unmanaged<HTTPDaemon>.fromOpaque(context).takeUnretainedValue()
    guard let known = state.pointee else {
        daemon.active.enter()
        var head = RequestReading.head(of: connection, method: method, path: path, kind: daemon.kind)
        let refusal = daemon.answerer.admit(&head)
        let exchange = Exchange(head: head, bodyLimit: daemon.answerer.bodyLimit(of: head))
        state.pointee = Unmanaged.passRetained(exchange).toOpaque()
        return refusal.map { Answering.queue($0, on: connection) } ?? .YES
    }
    let exchange = Unmanaged<Exchange>.fromOpaque(known).takeUnretainedValue()
    if uploadSize.pointee > 0 {
        let piece = UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee)
        uploadSize.pointee = 0
        return exchange.receive(piece) ? .YES : .NO
    }
    daemon.connections.setBusy(connection)
    let response = exchange.answer(from: daemon.answerer)
    guard let request = response.stream else { return Answering.queue(response, on: connection) }
    let descriptor = hale_mhd_descriptor(connection)
    guard let reader = daemon.streams?.open(request, descriptor: descriptor) else {
        return Answering.queue(Router.tooManyStreams(exchange.head), on: connection)
    }
    return Answering.queue(reader, response, on: connection)
}

/// The library's notice that a request is over, answered or not.
let requestCompleted: MHD_RequestCompletedCallback = { context, connection, state, _ in
    guard let context, let connection, let state, let known = state.pointee else { return }
    state.pointee = nil
    Unmanaged<Exchange>.fromOpaque(known).release()
    let daemon = Unmanaged<HTTPDaemon>.fromOpaque(context).takeUnretainedValue()
    daemon.connections.setIdle(connection)
    daemon.active.leave()
}

/// The library's notice that a connection has come or is about to be closed.
let connectionChanged: MHD_NotifyConnectionCallback = { context, connection, _, change in
    guard let context, let connection else { return }
    let connections = Unmanaged<HTTPDaemon>.fromOpaque(context).takeUnretainedValue().connections
    switch change {
    case .CONNECTION_NOTIFY_STARTED: connections.add(connection, descriptor: hale_mhd_descriptor(connection))
    case .CONNECTION_NOTIFY_CLOSED: connections.remove(connection)
    @unknown default: break
    }
}
