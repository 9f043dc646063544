import Foundation
import Stack
import Testing

@testable import Queueing

@Suite struct DeliveringTests {
    private static let second: Int64 = 1_000_000_000

    @Test func theyGoAsTheyCame() throws {
        let rig = try QueueRig()
        for body in ["a", "b", "c"] { try rig.accept(body) }
        try rig.open()
        #expect((0..<4).map { _ in rig.deliver() } == ["a", "b", "c", nil])
    }

    @Test(arguments: [200, 201, 303, 400, 404, 409] as [UInt16])
    func anAnswerEndsIt(status: UInt16) throws {
        let rig = try QueueRig()
        let ticket = try #require(try rig.accept("tea"))
        _ = rig.deliver(.answered(QueueRig.response(status), retryAfter: nil))
        try rig.open()
        let present = try #require(rig.queue.ticket(ticket.id))
        #expect(present.state == .delivered && present.attempts == 1 && present.answer?.status == status)
        #expect(rig.queue.response(ticket.id) == QueueRig.response(status))
        #expect(!rig.files.contains { $0.hasSuffix(".request") })
    }

    @Test func anAnswerThatIsTooLongIsKnownOf() throws {
        let rig = try QueueRig()
        let ticket = try #require(try rig.accept("tea"))
        _ = rig.deliver(.answered(QueueRig.response(200, body: nil), retryAfter: nil))
        #expect(rig.queue.ticket(ticket.id)?.answer?.isKept == false)
        #expect(rig.queue.ticket(ticket.id)?.answer?.length == 9_999)
        #expect(rig.queue.response(ticket.id)?.body == nil)
    }

    @Test(arguments: [429, 500, 503] as [UInt16])
    func aFailureLetsOthersGoFirst(status: UInt16) throws {
        let rig = try QueueRig()
        rig.policy.attempts = 2
        let ticket = try #require(try rig.accept("a"))
        try rig.accept("b")
        let failure = DeliveryOutcome.answered(QueueRig.response(status), retryAfter: nil)
        #expect(rig.deliver(failure) == "a")
        #expect(rig.deliver() == "b")
        #expect(rig.deliver() == nil)
        rig.now += Self.second
        #expect(rig.deliver(failure) == "a")
        let failed = try #require(rig.queue.ticket(ticket.id))
        #expect(failed.state == .failed && failed.attempts == 2 && failed.reason == "answered with \(status)")
        #expect(rig.queue.response(ticket.id) == QueueRig.response(status))
    }

    @Test func whereAnInstanceBreaksOffTheOrderStays() throws {
        let rig = try QueueRig()
        try rig.accept("a")
        try rig.accept("b")
        #expect(rig.deliver(.brokeOff("it broke off")) == "a")
        #expect(rig.deliver() == nil)
        rig.now += Self.second
        #expect(rig.deliver() == "a")
        #expect(rig.deliver() == "b")
    }

    @Test func whereNobodyIsAskedItIsNoAttempt() throws {
        let rig = try QueueRig()
        rig.policy.attempts = 1
        let ticket = try #require(try rig.accept("a"))
        for _ in 0..<3 { #expect(rig.deliver(.unavailable) == "a") }
        #expect(rig.queue.ticket(ticket.id)?.attempts == 0)
        #expect(rig.deliver() == "a")
    }

    @Test func whatTheGatewayRefusesIsNotTriedAgain() throws {
        let rig = try QueueRig()
        let ticket = try #require(try rig.accept("a"))
        #expect(rig.deliver(.refused("the body is larger than allowed")) == "a")
        #expect(rig.queue.ticket(ticket.id)?.state == .failed)
    }

    @Test(arguments: zip([1, 2, 3, 7, 60], [1, 2, 4, 60, 60] as [Int64]))
    func waitsGrow(attempts: Int, seconds: Int64) {
        #expect(DeliveryBackoff.due(afterAttempts: attempts, retryAfter: nil, at: 5) == 5 + seconds * Self.second)
    }

    @Test func theServiceSaysWhen() {
        #expect(DeliveryBackoff.due(afterAttempts: 1, retryAfter: .seconds(90), at: 0) == 90 * Self.second)
        #expect(DeliveryBackoff.due(afterAttempts: 1, retryAfter: .seconds(1 << 60), at: 0) == 3_600 * Self.second)
        #expect(DeliveryBackoff.due(afterAttempts: 3, retryAfter: .seconds(-5), at: 0) == 4 * Self.second)
        #expect(DeliveryBackoff.due(afterAttempts: 3, retryAfter: nil, at: .max) == .max)
    }

    @Test func aCalendarSetBackMakesNobodyWaitForYears() {
        #expect(!DeliveryBackoff.isDue(60 * Self.second, at: 0))
        #expect(DeliveryBackoff.isDue(4_000 * Self.second, at: 0))
    }

    @Test func whatDiedInTheMiddleIsDeliveredAgain() throws {
        let rig = try QueueRig()
        let ticket = try #require(try rig.accept("a"))
        _ = try #require(rig.queue.begin(ticket.id, at: rig.now))
        #expect(rig.queue.next(at: rig.now) == nil)
        try rig.open()
        #expect(rig.queue.ticket(ticket.id)?.state == .queued)
        #expect(rig.queue.ticket(ticket.id)?.attempts == 1)
        #expect(rig.deliver() == "a")
        #expect(rig.queue.ticket(ticket.id)?.attempts == 2)
    }

    @Test func oneProcessDelivers() throws {
        let rig = try QueueRig()
        let ticket = try #require(try rig.accept("a"))
        let other = RequestQueue(folder: rig.folder + "/web/80") { _ in }
        try other.takeOver(at: rig.now)
        #expect(!other.isOwner && other.next(at: rig.now) == nil && other.begin(ticket.id, at: rig.now) == nil)
        // It may accept, and answers questions as the owner would.
        let results = other.accept([QueueRig.request("b")], rig.policy, at: rig.now)
        guard case .accepted(let second) = results.first else {
            Issue.record("\(results)")
            return
        }
        #expect(rig.deliver() == "a")
        #expect(other.ticket(ticket.id)?.state == .delivered)
        #expect(other.response(ticket.id) == QueueRig.response(200))
        #expect(other.withdraw(second.id) == .tooLate(second))
        rig.tidy()
        #expect(rig.deliver() == "b")
        rig.queue.handOver()
        try other.takeOver(at: rig.now)
        #expect(other.isOwner && other.ticket(second.id)?.state == .delivered)
    }
}
