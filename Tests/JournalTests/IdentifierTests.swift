import Foundation
import Stack
import Testing

@testable import Journal

@Suite struct IdentifierTests {
    @Test func goOnWithoutAGapAfterACleanEnd() {
        let scratch = Scratch()
        scratch.fill(3)
        let journal = scratch.journal()
        #expect(journal.lastEventID == 3)
        #expect(journal.append(Scratch.event()) == 4)
        journal.close()
    }

    /// As after kill -9: whoever was told of an event that was not written must not meet its id again.
    @Test func areNeverGivenTwiceAfterASuddenEnd() throws {
        let scratch = Scratch()
        scratch.fill(3)
        do {
            let file = try JournalFile(path: scratch.path, idsAbove: 3)
            try file.write(Backlog.Batch(events: [Self.event(4)], incidents: []))
        }
        let journal = scratch.journal()
        #expect(journal.append(Scratch.event()) > 50_000)
        #expect(journal.all.map(\.id).prefix(4) == [1, 2, 3, 4])
        journal.close()
    }

    @Test func survivePruning() throws {
        let scratch = Scratch()
        scratch.fill(10)
        do {
            let file = try JournalFile(path: scratch.path, idsAbove: 0)
            _ = try file.prune(JournalLimits(age: .seconds(60)), now: Int64.max)
            try file.release(idsAbove: 0)
        }
        let journal = scratch.journal()
        #expect(journal.all.isEmpty)
        #expect(journal.append(Scratch.event()) == 11)
        journal.close()
    }

    @Test func comeFromTheClockWhereNothingCanBeLearnt() throws {
        let scratch = Scratch()
        scratch.fill(10)
        try Data(repeating: 7, count: 100_000).write(to: URL(filePath: scratch.path))
        let journal = scratch.journal()
        let id = journal.append(Scratch.event())
        #expect(id > 1_000_000_000_000_000)
        journal.close()
        let next = scratch.journal()
        #expect(next.append(Scratch.event()) == id + 1)
        next.close()
    }

    private static func event(_ id: Int64) -> EventRecord {
        EventRecord(id: id, time: 0, kind: "exited", text: "ended")
    }
}
