import Foundation
import Queueing
import Stack
import TestFolders
import Testing

@testable import Gateway

/// How many deliveries are under way, and when the next ones begin.
@Suite struct QueueDeskTests {
    private final class Rig {
        let folder = TemporaryFolder()
        let desk: QueueDesk

        init(_ requests: Int, concurrency: Int = 1) {
            var policy = QueuePolicy()
            policy.concurrency = concurrency
            desk = QueueDesk(
                QueueName(service: "web", target: 80), QueueTerms(folder: folder["web/80"], policy: policy)
            ) { _ in }
            #expect(desk.tidy() == nil)
            let head = "POST / HTTP/1.1\r\nHost: web\r\n\r\n"
            for _ in 0..<requests {
                _ = desk.accept([
                    QueuedRequest(method: "POST", target: "/", headLength: head.utf8.count, bytes: Array(head.utf8))
                ])
            }
        }

        /// The names of those that begin; their sockets are closed at once.
        func begin() -> [TicketID] {
            desk.takeDue().map { due in
                close(due.delivery.gatewayEnd)
                return due.delivery.id
            }
        }

        func answer(_ id: TicketID, _ status: UInt16 = 200) {
            desk.end(
                id, .answered(KeptResponse(status: status, fields: [], body: [], length: 0), retryAfter: nil))
        }
    }

    @Test func nothingBeginsUntilTheRouteTakesCalls() {
        let rig = Rig(1)
        #expect(rig.begin().isEmpty)
        rig.desk.open()
        #expect(rig.begin().count == 1)
    }

    @Test func whereNobodyWasFoundTheRouteIsWaitedFor() throws {
        let rig = Rig(1)
        rig.desk.open()
        let id = try #require(rig.begin().first)
        rig.desk.end(id, .unavailable)
        #expect(rig.begin().isEmpty)
        rig.desk.open()
        #expect(rig.begin() == [id])
    }

    @Test func thereIsOneAtFirstAndOneMoreForEachThatGoesWell() throws {
        let rig = Rig(10, concurrency: 3)
        rig.desk.open()
        let first = rig.begin()
        #expect(first.count == 1)
        first.forEach { rig.answer($0) }
        let second = rig.begin()
        #expect(second.count == 2)
        second.forEach { rig.answer($0) }
        let third = rig.begin()
        #expect(third.count == 3)
        // After a failure nobody is asked for a moment, and then one at a time.
        rig.answer(try #require(third.first), 500)
        #expect(rig.begin().isEmpty)
        third.dropFirst().forEach { rig.answer($0) }
        #expect(rig.begin().isEmpty)
        #expect(rig.desk.takeReport()?.delivered == 5)
    }

    @Test func whoLeavesBeginsNothingAndLetsAnotherGoOn() throws {
        let rig = Rig(2)
        rig.desk.open()
        let id = try #require(rig.begin().first)
        rig.desk.leave()
        #expect(rig.desk.queue.isOwner)
        rig.answer(id)
        #expect(!rig.desk.queue.isOwner && rig.begin().isEmpty)
        #expect(rig.desk.tidy() == nil && !rig.desk.queue.isOwner)
        let other = RequestQueue(folder: rig.folder["web/80"]) { _ in }
        try other.takeOver(at: 0)
        #expect(other.isOwner && other.summary.counts == [1, 0, 1, 0, 0])
    }
}
