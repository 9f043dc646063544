internal import Encryption
internal import Glibc
internal import Protocols
internal import Stack

/// Clients of ports at which TLS is spoken, until their handshake is done.
extension Forwarder {
    /// What the first record of TLS begins with (RFC 8446 section 5.1).
    private static let handshakeRecord: UInt8 = 0x16

    /// The client is to begin with TLS.
    func beginSecuring(_ place: Int32) {
        table.record(place).pointee.phase = .securing
        table.exchange(place).pointee.deadline = now + limits.handshake
        sweepAt(table.exchange(place).pointee.deadline)
        setInterest(place, .client, Poller.readable)
    }

    /// The client has said something. It stays in the kernel until it is known what it is.
    func securingClientEvent(_ place: Int32) {
        let descriptor = table.side(place, .client).pointee.descriptor
        let count = recv(descriptor, scratch, BufferPool.size, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        guard count > 0 else { return count < 0 && errno == EAGAIN ? () : clientNotSecured(place, .left) }
        guard scratch.load(as: UInt8.self) != Self.handshakeRecord else { return secureClient(place) }
        switch routes[table.record(place).pointee.route].treatment.application {
        case .postgres: readPostgresOpening(place, UnsafeRawBufferPointer(start: scratch, count: count))
        case .http, .ollama: tellThatItIsNotTLS(place)
        case .tcp, .redis, .bolt: clientNotSecured(place, .unencrypted)
        }
    }

    private func secureClient(_ place: Int32) {
        lookAtFiles()
        let route = table.record(place).pointee.route
        let descriptor = table.side(place, .client).pointee.descriptor
        Socket.reportInput(descriptor, beyond: 0)
        if table.exchange(place).pointee.introduction == nil {
            table.exchange(place).pointee.introduction = ProxyHeader(descriptor)
        }
        guard let context = routes[route].termination?.context,
            let session = TLSSession(serverOver: descriptor, context), bridge(place, .client, session)
        else { return clientNotSecured(place, .unusable) }
    }

    /// The client's handshake is done.
    func clientSecured(_ place: Int32) {
        let record = table.record(place)
        routes[record.pointee.route].counters.tls?.clients.succeeded &+= 1
        table.exchange(place).pointee.deadline = 0
        record.pointee.phase = .waiting
        begin(place)
    }

    /// The client's handshake has come to nothing.
    func clientNotSecured(_ place: Int32, _ failure: TLSHandshakeFailure) {
        routes[table.record(place).pointee.route].counters.tls?.clients.count(failure)
        finish(place)
    }

    /// A client of HTTP is told what the port is for, in the clear, as it asked.
    private func tellThatItIsNotTLS(_ place: Int32) {
        routes[table.record(place).pointee.route].counters.tls?.clients.count(.unencrypted)
        table.record(place).pointee.isEncrypted = false
        answer(place, Answer(status: 400, text: "this port speaks https and no http"), closing: true)
    }

    /// A client of PostgreSQL asks whether the server encrypts before it does.
    private func readPostgresOpening(_ place: Int32, _ bytes: UnsafeRawBufferPointer) {
        let descriptor = table.side(place, .client).pointee.descriptor
        switch PostgresClientOpening.read(bytes) {
        case .incomplete:
            // What is there already would be reported without pause.
            Socket.reportInput(descriptor, beyond: bytes.count)
        case .encryptionRequest(let length):
            let isForTLS = PostgresClientOpening.asksForTLS(bytes)
            _ = Socket.receive(descriptor, into: scratch, count: length)
            Socket.reportInput(descriptor, beyond: 0)
            let answer = isForTLS ? PostgresAnswer.encryption : PostgresAnswer.noEncryption
            guard withUnsafeBytes(of: answer, { write(place, to: .client, $0) }) else {
                return clientNotSecured(place, .left)
            }
            if isForTLS { secureClient(place) }
        case .startup(let length):
            guard routes[table.record(place).pointee.route].treatment.tls?.isRequired == true else {
                return serveInTheClear(place)
            }
            _ = Socket.receive(descriptor, into: scratch, count: length)
            tellPostgresThatItIsRequired(place)
        case .cancel:
            // Most clients cancel in the clear what they have begun over TLS, and PostgreSQL takes it so.
            serveInTheClear(place)
        case .unknown:
            clientNotSecured(place, .unencrypted)
        }
    }

    private func serveInTheClear(_ place: Int32) {
        let record = table.record(place)
        Socket.reportInput(table.side(place, .client).pointee.descriptor, beyond: 0)
        table.exchange(place).pointee.deadline = 0
        record.pointee.isEncrypted = false
        record.pointee.phase = .waiting
        begin(place)
    }

    private func tellPostgresThatItIsRequired(_ place: Int32) {
        routes[table.record(place).pointee.route].counters.tls?.clients.count(.unencrypted)
        let room = UnsafeMutableRawBufferPointer(start: outgoing, count: BufferPool.size)
        guard let length = PostgresAnswer.encryptionRequired(into: room),
            write(place, to: .client, UnsafeRawBufferPointer(start: outgoing, count: length))
        else { return finish(place) }
        closeAfterFlush(place)
    }
}
