import Foundation
import Stack
import Testing

@testable import Queueing

@Suite struct AcceptingTests {
    @Test func whatIsAcceptedIsThereForTheNextProcess() throws {
        let rig = try QueueRig()
        let ticket = try #require(try rig.accept("tea"))
        #expect(ticket.state == .queued && ticket.method == "POST" && ticket.target == "/orders")
        try rig.open()
        #expect(rig.queue.ticket(ticket.id) == ticket)
        #expect(rig.deliver() == "tea")
    }

    @Test func nobodyElseMayReadIt() throws {
        let rig = try QueueRig()
        try rig.accept("secret")
        let folder = try FileManager.default.attributesOfItem(atPath: rig.folder + "/web/80")
        let file = try FileManager.default.attributesOfItem(atPath: rig.path(try #require(rig.files.first)))
        #expect(folder[.posixPermissions] as? Int == 0o700)
        #expect(file[.posixPermissions] as? Int == 0o600)
    }

    @Test func thereAreAsManyAsThereMayBe() throws {
        let rig = try QueueRig()
        rig.policy.count = 2
        #expect(try rig.accept("a") != nil)
        #expect(try rig.accept("b") != nil)
        #expect(rig.queue.accept([QueueRig.request("c")], rig.policy, at: rig.now) == [.full])
        #expect(rig.deliver() == "a")
        #expect(try rig.accept("c") != nil)
    }

    @Test func theyTakeAsMuchAsTheyMay() throws {
        let rig = try QueueRig()
        rig.policy.size = Int64(QueueRig.request("a").bytes.count) * 2
        #expect(try rig.accept("a") != nil)
        #expect(try rig.accept("b") != nil)
        #expect(rig.queue.accept([QueueRig.request("c")], rig.policy, at: rig.now) == [.full])
    }

    @Test func oneAndTheSameHasOneTicket() throws {
        let rig = try QueueRig()
        let first = try rig.accept("tea", key: "1")
        #expect(try rig.accept("tea", key: "1") == first)
        try rig.open()
        #expect(try rig.accept("tea", key: "1") == first)
        #expect(try rig.accept("tea", key: "2") != first)
        // Whatever its client says, it asks for something else.
        #expect(try rig.accept("coffee", key: "1") != first)
        #expect(try rig.accept("tea") != first)
        #expect(rig.queue.summary.counts == [4, 0, 0, 0, 0])
        #expect(rig.deliver() == "tea")
        #expect(try rig.accept("tea", key: "1")?.state == .delivered)
    }

    @Test func whatCameToNothingMayBeAskedForAgain() throws {
        let rig = try QueueRig()
        rig.policy.attempts = 1
        let first = try rig.accept("tea", key: "1")
        #expect(rig.deliver(.brokeOff("it broke off")) == "tea")
        let second = try rig.accept("tea", key: "1")
        #expect(second != nil && second?.id != first?.id)
    }

    @Test func severalAreTakenTogether() throws {
        let rig = try QueueRig()
        rig.policy.count = 2
        let results = rig.queue.accept(
            [
                QueueRig.request("a"), QueueRig.request("b", key: "1"), QueueRig.request("b", key: "1"),
                QueueRig.request("c"),
            ],
            rig.policy, at: rig.now)
        #expect(results.count == 4 && results[1] == results[2] && results[3] == .full)
        try rig.queue.takeOver(at: rig.now)
        #expect(rig.deliver() == "a")
        #expect(rig.deliver() == "b")
        #expect(rig.deliver() == nil)
    }

    @Test func withoutADiskNothingIsAccepted() throws {
        let rig = try QueueRig()
        // A file in the place of the folder.
        try FileManager.default.removeItem(atPath: rig.folder + "/web")
        try Data().write(to: URL(filePath: rig.folder + "/web"))
        guard case .failed(let reason) = rig.queue.accept([QueueRig.request("a")], rig.policy, at: rig.now).first else {
            Issue.record("accepted without a disk")
            return
        }
        #expect(reason.contains("/web"))
        #expect(rig.queue.summary.counts == [0, 0, 0, 0, 0])
    }

    @Test func oneThatWaitsMayBeWithdrawn() throws {
        let rig = try QueueRig()
        let ticket = try #require(try rig.accept("tea"))
        #expect(rig.queue.withdraw(TicketID()) == .unknown)
        #expect(rig.queue.withdraw(ticket.id) == .withdrawn(ticket))
        #expect(rig.files.isEmpty && rig.queue.ticket(ticket.id) == nil && rig.deliver() == nil)
        let other = try #require(try rig.accept("coffee"))
        _ = rig.queue.begin(other.id, at: rig.now)
        guard case .tooLate(let present) = rig.queue.withdraw(other.id) else {
            Issue.record("withdrawn in the middle of an attempt")
            return
        }
        #expect(present.state == .delivering)
    }

    @Test(arguments: ["", "0", String(repeating: "g", count: 32), String(repeating: "A", count: 32)])
    func aTicketsNameIsWhatItIs(text: String) {
        #expect(TicketID(text) == nil)
    }

    @Test func aTicketsNameComesBack() {
        let id = TicketID()
        #expect(id.description.count == 32 && TicketID(id.description) == id && TicketID() != id)
    }
}
