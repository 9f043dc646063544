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

    func answer(from router: Router) -> Response {
        isTooLarge ? router.tooLarge(head) : router.answer(head, body: body)
    }
}

/// The library's access handler: called once with the head, then with each piece of the body, then to get the answer.
let handleRequest: MHD_AccessHandlerCallback = {
    context, connection, path, method, _, upload, uploadSize, state in
    guard let context, let connection, let path, let method, let uploadSize, let state else { return .NO }
    let daemon = Unmanaged<HTTPDaemon>.fromOpaque(context).takeUnretainedValue()
    guard let known = state.pointee else {
        daemon.active.enter()
        let head = readHead(connection, method: method, path: path, kind: daemon.kind)
        let exchange = Exchange(head: head, bodyLimit: daemon.router.bodyLimit(of: head))
        state.pointee = Unmanaged.passRetained(exchange).toOpaque()
        return daemon.router.refusal(of: head).map { queue($0, on: connection) } ?? .YES
    }
    let exchange = Unmanaged<Exchange>.fromOpaque(known).takeUnretainedValue()
    if uploadSize.pointee > 0 {
        let piece = UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee)
        uploadSize.pointee = 0
        return exchange.receive(piece) ? .YES : .NO
    }
    daemon.connections.setBusy(connection)
    return queue(exchange.answer(from: daemon.router), on: connection)
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

private func readHead(
    _ connection: OpaquePointer, method: UnsafePointer<CChar>, path: UnsafePointer<CChar>, kind: HTTPDaemon.Kind
) -> RequestHead {
    let transport: RequestHead.Transport =
        switch kind {
        case .unix: .unix
        case .tcp: .tcp(localAddress: LocalAddress.text(of: hale_mhd_descriptor(connection)))
        }
    let headers = values(of: connection, .HEADER_KIND)
    func named(_ name: String) -> [String] { headers.filter { $0.name.lowercased() == name }.map(\.value) }
    return RequestHead(
        method: String(cString: method), path: String(cString: path),
        queryNames: Set(values(of: connection, .GET_ARGUMENT_KIND).map(\.name)), hosts: named("host"),
        origin: named("origin").first, contentLength: named("content-length").first.flatMap { Int($0) },
        transport: transport, peer: transport == .unix ? PeerIdentity.text(of: hale_mhd_descriptor(connection)) : nil)
}

private final class NamedValues {
    var entries: [(name: String, value: String)] = []
}

private func values(of connection: OpaquePointer, _ kind: MHD_ValueKind) -> [(name: String, value: String)] {
    let collected = NamedValues()
    MHD_get_connection_values(
        connection, kind,
        { context, _, name, value in
            guard let context, let name else { return .NO }
            let value = value.map { String(cString: $0) } ?? ""
            Unmanaged<NamedValues>.fromOpaque(context).takeUnretainedValue().entries
                .append((name: String(cString: name), value: value))
            return .YES
        }, Unmanaged.passUnretained(collected).toOpaque())
    return withExtendedLifetime(collected) { collected.entries }
}

private func queue(_ response: Response, on connection: OpaquePointer) -> MHD_Result {
    let built = response.body.withUnsafeBytes { body in
        // The library copies the bytes, as the mode says, in spite of taking a mutable pointer.
        MHD_create_response_from_buffer(
            body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
    }
    guard let built else { return .NO }
    defer { MHD_destroy_response(built) }
    var headers = response.headers
    headers["Cache-Control"] = "no-store"
    headers["X-Content-Type-Options"] = "nosniff"
    if !response.contentType.isEmpty { headers["Content-Type"] = response.contentType }
    for (name, value) in headers { MHD_add_response_header(built, name, value) }
    return MHD_queue_response(connection, UInt32(clamping: response.status), built)
}
