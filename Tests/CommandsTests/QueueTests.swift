import Foundation
import Platform
import Queueing
import Stack
import TestFolders
import Testing

@testable import Commands

@Suite struct QueueTests {
    /// A queue in a folder of the test's own, with what is asked of it.
    private func withQueue(_ body: (RequestQueue, String) throws -> Void) throws {
        let folder = TemporaryFolder()
        let queue = RequestQueue(folder: QueueFolder(in: folder.path, service: "web", port: 80).path) { _ in }
        try queue.takeOver(at: 0)
        try body(queue, folder.path)
    }

    private static let minute: Int64 = 60_000_000_000

    private func accept(_ queue: RequestQueue, _ target: String) throws -> Ticket {
        let head = "POST \(target) HTTP/1.1\r\n\r\n"
        let request = QueuedRequest(
            method: "POST", target: target, headLength: head.utf8.count, bytes: Array(head.utf8))
        guard case .accepted(let ticket) = queue.accept([request], QueuePolicy(), at: Self.minute).first else {
            throw CommandFailure("not accepted")
        }
        return ticket
    }

    @Test func theTableSaysWhatBecameOfEach() throws {
        try withQueue { queue, _ in
            let tickets = try ["/a", "/b"].map { try accept(queue, $0) }
            let response = KeptResponse(status: 503, fields: [], body: [], length: 0)
            _ = queue.begin(tickets[0].id, at: Self.minute)
            queue.end(tickets[0].id, .answered(response, retryAfter: .seconds(120)), QueuePolicy(), at: Self.minute)
            let queued = queue.tickets.map { QueuedTicket(service: "web", port: 80, ticket: $0) }
            let lines = QueueTable.text(queued, at: 2 * Self.minute, style: .plain).split(separator: "\n")
            #expect(lines.count == 3 && lines[0].hasPrefix("TICKET "))
            #expect(lines[1].hasPrefix("\(tickets[0].id)") && lines[1].contains("POST /a"))
            #expect(lines[1].hasSuffix("answered with 503, again in 1 minute"), "\(lines[1])")
            #expect(lines[2].contains(" queued ") && lines[2].contains(" 1 minute ") && lines[2].contains("POST /b"))
        }
    }

    @Test func aScriptIsToldWhoseItIs() throws {
        try withQueue { queue, _ in
            let ticket = try accept(queue, "/a")
            let json = try QueuedTicket(service: "web", port: 80, ticket: ticket).json
            let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
            #expect(object["service"] as? String == "web" && object["port"] as? Int == 80)
            #expect(object["ticket"] as? String == "\(ticket.id)" && object["state"] as? String == "queued")
            #expect(object["accepted_at"] as? String == "1970-01-01T00:01:00.000Z")
        }
    }

    @Test(
        arguments: [
            (["queue", "lst"], "'queue' takes list, retry or remove, not 'lst'"),
            (["queue", "list", "a", "b"], "'queue list' takes one SERVICE"),
            (["queue", "retry"], "'queue retry' needs a TICKET"), (["queue", "remove", "7"], "'7' is no ticket"),
            (
                ["queue", "--format", "json", "retry", "9f86d081884c7d659a2feaa0c55ad015"],
                "--format goes with 'queue list' alone"
            ),
        ])
    func whatIsWrongIsSaid(words: [String], complaint: String) {
        let error = #expect(throws: UsageError.self) { try CommandRequest(words) }
        #expect(error?.description.contains(complaint) == true, "\(String(describing: error))")
    }
}
