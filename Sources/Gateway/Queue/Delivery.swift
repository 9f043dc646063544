internal import Glibc
internal import Protocols
internal import Queueing
internal import Synchronization

/// One attempt to deliver a request: a connection between a thread that speaks for the client and the loop, which forwards
/// it as it does any client's. It is known by its descriptor and by nothing that is said over it, so nobody can forge it.
final class Delivery: Sendable {
    let name: QueueName
    let id: TicketID
    /// The loop's end, which the loop closes.
    let gatewayEnd: Int32
    /// The other end, which is closed with this object.
    private let clientEnd: Int32
    /// What the loop has to say in place of an answer of the service; nil where nothing.
    private let verdict = Mutex<DeliveryOutcome?>(nil)

    /// Nil where no descriptor is left.
    init?(_ name: QueueName, _ id: TicketID) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
        self.name = name
        self.id = id
        (gatewayEnd, clientEnd) = (ends[0], ends[1])
    }

    deinit { close(clientEnd) }

    /// Says how it went where the service has not answered. The first word counts.
    func judge(_ outcome: DeliveryOutcome) {
        verdict.withLock { $0 = $0 ?? outcome }
    }

    /// Sends the request and waits for the answer, of which a body of up to `most` bytes is kept.
    func carryOut(_ request: [UInt8], keeping most: Int) -> DeliveryOutcome {
        send(request)
        var reader = ResponseReader(keeping: most)
        let outcome = receive(&reader)
        return verdict.withLock { $0 } ?? outcome
    }

    private func send(_ request: [UInt8]) {
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes { bytes in
                Glibc.send(
                    clientEnd, bytes.baseAddress?.advanced(by: sent), request.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            // Whoever does not want all of it may have said why.
            guard count > 0 else { return }
            sent += count
        }
    }

    private func receive(_ reader: inout ResponseReader) -> DeliveryOutcome {
        var part = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = recv(clientEnd, &part, part.count, 0)
            if count < 0, errno == EINTR { continue }
            let progress = count > 0 ? reader.read(part.prefix(count)) : reader.end()
            switch progress {
            case .needMore: break
            case .response(let response, let retryAfter): return .answered(response, retryAfter: retryAfter)
            case .broken(let reason): return .brokeOff(reason)
            }
        }
    }
}
