import Foundation
import Stack
import Testing

@testable import Queueing

/// Whatever is in the folder, what is whole in it is delivered.
@Suite struct FolderTests {
    private func spoil(_ path: String, _ change: (inout Data) -> Void) throws {
        var data = try Data(contentsOf: URL(filePath: path))
        change(&data)
        try data.write(to: URL(filePath: path))
    }

    private func name(_ ticket: Ticket, _ kind: QueueFileKind) -> String { ticket.stem + "." + kind.rawValue }

    @Test(arguments: ["cut", "longer", "empty", "foreign", "flipped"])
    func aSpoiltRequestIsSetAsideAndNothingElse(how: String) throws {
        let rig = try QueueRig()
        let ticket = try #require(try rig.accept("a"))
        try rig.accept("b")
        let file = name(ticket, .request)
        try spoil(rig.path(file)) { data in
            switch how {
            case "cut": data.removeLast(3)
            case "longer": data.append(7)
            case "empty": data = Data()
            case "foreign": data = Data("{}\nhello".utf8)
            case _: data[data.count - 1] ^= 1
            }
        }
        try rig.open()
        // What is in the middle of a file is looked at when it is needed.
        if how == "flipped" { #expect(rig.deliver() == nil) }
        #expect(rig.deliver() == "b")
        #expect(rig.queue.ticket(ticket.id) == nil)
        #expect(rig.log.contains { $0.contains(ticket.stem) && $0.contains("set aside") })
        #expect(FileManager.default.fileExists(atPath: rig.path("aside/\(file)")))
    }

    @Test func aSpoiltTicketCostsOnlyWhatItSays() throws {
        let rig = try QueueRig()
        let ticket = try #require(try rig.accept("a"))
        _ = rig.queue.begin(ticket.id, at: rig.now)
        try spoil(rig.path(name(ticket, .ticket))) { $0.removeLast() }
        try rig.open()
        #expect(rig.queue.ticket(ticket.id)?.attempts == 0)
        #expect(rig.deliver() == "a")
    }

    @Test func filesOfNobodyAreSetAside() throws {
        let rig = try QueueRig()
        try rig.accept("a")
        for name in ["notes.txt", "1-2.request", ".hidden"] {
            try Data("x".utf8).write(to: URL(filePath: rig.path(name)))
        }
        try FileManager.default.createDirectory(atPath: rig.path("folder.request"), withIntermediateDirectories: true)
        try rig.open()
        #expect(rig.files.filter { !$0.hasSuffix(".request") } == ["aside"])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: rig.path("aside")).sorted() == [
                ".hidden", "1-2.request", "folder.request", "notes.txt",
            ])
        #expect(rig.deliver() == "a")
    }

    @Test func draftsOfTheDeadAreRemoved() throws {
        let rig = try QueueRig()
        let ticket = try #require(try rig.accept("a"))
        // Above what the kernel gives (pid_max is 4194304 at most), and one that lives.
        let (dead, living) = (name(ticket, .ticket) + ".99999999.new", name(ticket, .ticket) + ".1.new")
        for name in [dead, living] { try Data("x".utf8).write(to: URL(filePath: rig.path(name))) }
        try rig.open()
        #expect(!rig.files.contains(dead) && rig.files.contains(living))
        #expect(rig.deliver() == "a")
    }

    /// The steps of an end are: the answer, the ticket, the request. Whatever is missing of them, it is delivered at least once
    /// and never twice after the ticket says that it was.
    @Test func aDeliveryMayEndAtAnyStep() throws {
        let rig = try QueueRig()
        let ticket = try #require(try rig.accept("a"))
        let request = try Data(contentsOf: URL(filePath: rig.path(name(ticket, .request))))
        #expect(rig.deliver() == "a")
        try request.write(to: URL(filePath: rig.path(name(ticket, .request))))
        try rig.open()
        #expect(rig.queue.ticket(ticket.id)?.state == .delivered && rig.deliver() == nil)
        #expect(!rig.files.contains(name(ticket, .request)))
        try request.write(to: URL(filePath: rig.path(name(ticket, .request))))
        try FileManager.default.removeItem(atPath: rig.path(name(ticket, .ticket)))
        try rig.open()
        #expect(rig.queue.ticket(ticket.id)?.state == .queued)
        #expect(!rig.files.contains(name(ticket, .response)))
        #expect(rig.deliver() == "a")
    }

    @Test func aSpoiltAnswerIsNone() throws {
        let rig = try QueueRig()
        let ticket = try #require(try rig.accept("a"))
        _ = rig.deliver()
        try spoil(rig.path(name(ticket, .response))) { $0[$0.count - 1] ^= 1 }
        #expect(rig.queue.response(ticket.id) == nil)
        #expect(rig.queue.ticket(ticket.id)?.state == .delivered)
    }

    @Test func whoWaitsForTooLongExpires() throws {
        let rig = try QueueRig()
        rig.policy.keep = .seconds(60)
        let ticket = try #require(try rig.accept("a"))
        rig.now += 59_000_000_000
        rig.tidy()
        #expect(rig.queue.ticket(ticket.id)?.state == .queued)
        rig.now += 1_000_000_000
        rig.tidy()
        #expect(rig.queue.ticket(ticket.id)?.state == .expired && rig.deliver() == nil)
        // Its ticket is kept for as long again.
        rig.now += 59_000_000_000
        rig.tidy()
        #expect(rig.queue.ticket(ticket.id)?.state == .expired)
        rig.now += 1_000_000_000
        rig.tidy()
        #expect(rig.queue.ticket(ticket.id) == nil && rig.files.isEmpty)
    }

    @Test func ofFinishedOnesTheOldestAreForgotten() throws {
        let rig = try QueueRig()
        let tickets = try ["a", "b", "c"].compactMap { try rig.accept($0) }
        for _ in tickets { _ = rig.deliver() }
        rig.policy.count = 2
        rig.tidy()
        #expect(tickets.map { rig.queue.ticket($0.id) != nil } == [false, true, true])
        rig.policy.size = 1
        rig.tidy()
        #expect(rig.files.isEmpty && rig.queue.summary.bytes == 0)
    }

    @Test func peopleHaveThemTriedAgainOrRemoved() throws {
        let rig = try QueueRig()
        rig.policy.attempts = 1
        let tickets = try ["a", "b"].compactMap { try rig.accept($0) }
        for _ in tickets { _ = rig.deliver(.answered(QueueRig.response(500), retryAfter: nil)) }
        #expect(rig.queue.summary.counts == [0, 0, 0, 2, 0])
        try rig.queue.order(.retry, tickets[0])
        try rig.queue.order(.removal, tickets[1])
        rig.tidy()
        #expect(rig.queue.ticket(tickets[1].id) == nil)
        #expect(rig.deliver() == "a")
        #expect(rig.queue.ticket(tickets[0].id)?.state == .delivered)
        #expect(rig.files == [name(tickets[0], .response), name(tickets[0], .ticket)])
    }

    @Test func theCountsAreThoseOfTheTickets() throws {
        let rig = try QueueRig()
        for body in ["a", "b", "c"] { try rig.accept(body) }
        _ = rig.deliver()
        let next = try #require(rig.queue.next(at: rig.now))
        _ = rig.queue.begin(next.id, at: rig.now)
        #expect(rig.queue.summary.counts == [1, 1, 1, 0, 0] && rig.queue.summary.hasDue)
        let expected = rig.queue.tickets.reduce(0) { $0 + ($1.state.isFinished ? $1.sizeFinished : $1.size) }
        #expect(rig.queue.summary.bytes == expected)
    }

    @Test func aNameDoesNotLeadOutOfTheFolder() {
        let base = "/q"
        #expect(QueueFolder(in: base, service: "web", port: 80).path == "/q/web/80")
        #expect(QueueFolder(in: base, service: "..", port: 80).path == "/q/_/80")
        #expect(QueueFolder(in: base, service: "../etc", port: 80).path == "/q/.._etc/80")
    }

    @Test func allFoldersAreFound() throws {
        let rig = try QueueRig()
        try FileManager.default.createDirectory(atPath: rig.folder + "/web/9000", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: rig.folder + "/api/x", withIntermediateDirectories: true)
        #expect(
            QueueFolder.all(in: rig.folder) == [
                QueueFolder(in: rig.folder, service: "web", port: 80),
                QueueFolder(in: rig.folder, service: "web", port: 9_000),
            ])
        #expect(QueueFolder.all(in: rig.folder + "/none").isEmpty)
    }
}
