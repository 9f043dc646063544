import Foundation
import Stack
import Synchronization
import TestFolders

@testable import Queueing

/// A queue in a folder of a test's own, with a clock that the test moves.
final class QueueRig {
    private let home = TemporaryFolder()
    let folder: String
    var queue: RequestQueue
    var policy = QueuePolicy()
    /// Nanoseconds since 1970.
    var now: Int64 = 1_800_000_000_000_000_000
    private let sentences = Mutex<[String]>([])

    init() throws {
        folder = home["queues"]
        queue = RequestQueue(folder: folder + "/web/80") { _ in }
        try open()
    }

    /// Begins anew with what is on disk, as another process does.
    func open() throws {
        queue.handOver()
        queue = RequestQueue(folder: folder + "/web/80") { [unowned self] text in sentences.withLock { $0.append(text) }
        }
        try queue.takeOver(at: now)
    }

    /// What the log was told.
    var log: [String] { sentences.withLock { $0 } }

    static func request(_ body: String, key: String? = nil) -> QueuedRequest {
        let head = "POST /orders HTTP/1.1\r\nHost: web\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        return QueuedRequest(
            method: "POST", target: "/orders", identity: key.map { Array("POST /orders \($0)".utf8) },
            headLength: head.utf8.count, bytes: Array((head + body).utf8))
    }

    /// The ticket of a request with that body; nil where it is not taken.
    @discardableResult
    func accept(_ body: String, key: String? = nil) throws -> Ticket? {
        let result = queue.accept([Self.request(body, key: key)], policy, at: now)
        now += 1
        try queue.takeOver(at: now)
        guard case .accepted(let ticket) = result.first else { return nil }
        return ticket
    }

    /// Tries the next one, which ends so; its body, or nil where it is nobody's turn.
    func deliver(_ outcome: DeliveryOutcome = .answered(QueueRig.response(200), retryAfter: nil)) -> String? {
        guard let next = queue.next(at: now), let (ticket, bytes) = queue.begin(next.id, at: now) else { return nil }
        queue.end(ticket.id, outcome, policy, at: now)
        return String(decoding: bytes.dropFirst(ticket.headLength), as: UTF8.self)
    }

    static func response(_ status: UInt16, body: String? = "done") -> KeptResponse {
        KeptResponse(
            status: status, fields: Array("X-Own: 1\r\n".utf8), body: body.map { Array($0.utf8) },
            length: UInt64(body?.utf8.count ?? 9_999))
    }

    func tidy() { queue.tidy(policy, at: now) }

    /// The files of the folder, without the lock.
    var files: [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/web/80")) ?? []
        return all.filter { $0 != "lock" }.sorted()
    }

    func path(_ name: String) -> String { folder + "/web/80/" + name }
}
