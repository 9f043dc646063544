import Foundation
import Platform
import Stack
import Testing

@testable import Journal

@Suite struct BoundsTests {
    private static let day: Int64 = 86_400_000_000_000

    /// A file with events, and what prunes it, a step at a time.
    private func pruned(
        _ scratch: Scratch, _ limits: JournalLimits, now: Int64, _ fill: (Journal) -> Void
    ) throws -> Int {
        let journal = scratch.journal()
        fill(journal)
        journal.close()
        let file = try JournalFile(path: scratch.path, idsAbove: 0)
        var steps = 1
        while try file.prune(limits, now: now), steps < 1_000 { steps += 1 }
        return steps
    }

    @Test func removesWhatIsTooOldAStepAtATime() throws {
        let scratch = Scratch()
        let steps = try pruned(scratch, JournalLimits(age: .seconds(86_400 * 2)), now: 10 * Self.day) { journal in
            for number in 0..<2_000 { journal.append(Scratch.event(time: Int64(number) * Self.day / 100)) }
        }
        #expect(steps == 3)
        let events = try JournalReader(path: scratch.path).events(EventQuery(limit: .max))
        #expect(events.map(\.id) == Array(801...2_000))
    }

    @Test func removesTheOldestWhereItIsTooLarge() throws {
        let scratch = Scratch()
        let limits = JournalLimits(size: JournalLimits.leastSize)
        let steps = try pruned(scratch, limits, now: 0) { journal in
            for _ in 0..<9_000 { journal.append(Scratch.event(String(repeating: "x", count: 500))) }
        }
        #expect(steps > 3)
        let events = try JournalReader(path: scratch.path).events(EventQuery(limit: .max))
        #expect(events.last?.id == 9_000)
        let first = try #require(events.first?.id)
        #expect(first > 1_000)
        #expect(events.map(\.id) == Array(first...9_000))
        let size = try FileManager.default.attributesOfItem(atPath: scratch.path)[.size] as? Int64
        #expect(try #require(size) <= limits.size)
    }

    @Test func endedIncidentsGoAndOpenOnesStay() throws {
        let scratch = Scratch()
        _ = try pruned(scratch, JournalLimits(age: .seconds(86_400)), now: 10 * Self.day) { journal in
            journal.save(Scratch.incident(1))
            journal.save(Scratch.incident(2, .resolved, endedAt: Self.day))
            journal.save(Scratch.incident(3, .closed, endedAt: 10 * Self.day))
        }
        let incidents = try JournalReader(path: scratch.path).incidents(before: nil, limit: 9, onlyOpen: false)
        #expect(incidents.map(\.id) == [3, 1])
    }

    @Test func theJournalPrunesByItself() {
        let scratch = Scratch()
        let journal = scratch.journal(JournalLimits(age: .seconds(3_000_000_000), size: JournalLimits.leastSize))
        var last: Int64 = 0
        let limit = Instant.now() + .seconds(120)
        repeat {
            for _ in 0..<500 { last = journal.append(Scratch.event(String(repeating: "x", count: 500))) }
            // The writer may get little of a busy machine; only that it prunes matters, not after how many events.
        } while Instant.now() < limit && (journal.events(EventQuery(limit: 1)).first?.id ?? 1) == 1
        #expect(journal.events(EventQuery(limit: 1)).first?.id ?? 0 > 1)
        #expect(journal.events(EventQuery(limit: 1, newestFirst: true)).first?.id == last)
        journal.close()
    }

    @Test func memoryIsBoundedAndSaysWhatItLost() {
        var backlog = Backlog()
        func add(_ ids: ClosedRange<Int64>) {
            for id in ids { backlog.add(EventRecord(id: id, time: 0, kind: "a", text: "")) }
        }
        add(1...11_000)
        #expect(backlog.events.count == 11_000)
        add(11_001...11_001)
        #expect(backlog.events.map(\.id) == Array(1_001...11_001))
        #expect(backlog.takeDropped() == 1_000)
        #expect(backlog.takeDropped() == 0)
        for id in Int64(1)...1_001 { backlog.add(Scratch.incident(id)) }
        #expect(backlog.incidents.count == 1_000 && backlog.incidents[1] == nil)
    }

    @Test func whatIsGivenUpWhileItIsWrittenIsLostOnlyIfThatFails() {
        for fails in [true, false] {
            var backlog = Backlog()
            for id in Int64(1)...11_000 { backlog.add(EventRecord(id: id, time: 0, kind: "a", text: "")) }
            let batch = backlog.batch()
            backlog.add(EventRecord(id: 11_001, time: 0, kind: "a", text: ""))
            if fails { backlog.failed(batch) } else { backlog.written(batch) }
            #expect(backlog.takeDropped() == (fails ? 1_000 : 0))
            #expect(backlog.events.first?.id == 1_001)
        }
    }

    @Test func aPictureThatCameMeanwhileIsStillToBeWritten() {
        var backlog = Backlog()
        backlog.add(Scratch.incident(1))
        backlog.add(Scratch.incident(2))
        let batch = backlog.batch()
        backlog.add(Scratch.incident(1, .resolved))
        backlog.written(batch)
        #expect(backlog.incidents == [1: Scratch.incident(1, .resolved)])
    }
}
