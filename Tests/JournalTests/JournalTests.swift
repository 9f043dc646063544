import Foundation
import Stack
import Testing

@testable import Journal

@Suite struct JournalTests {
    @Test func keepsEveryPartOfAnEventOverARestart() {
        let scratch = Scratch()
        var journal = scratch.journal()
        let whole = Scratch.event("it's \"done\" \u{0} ✓", time: 1_800_000_000_123_456_789)
        let bare = EventRecord(id: 0, time: -5, kind: "configured", text: "")
        #expect(journal.append(whole) == 1)
        #expect(journal.append(bare) == 2)
        let told = journal.all
        #expect(told.map(\.text) == [whole.text, ""])
        journal.close()
        journal = scratch.journal()
        #expect(journal.all == told)
        #expect(journal.append(bare) == 3)
        journal.close()
        #expect(scratch.everythingReported.isEmpty)
    }

    @Test func onlyItsOwnerMayReadTheFiles() throws {
        let scratch = Scratch()
        let journal = scratch.journal()
        journal.append(Scratch.event())
        _ = journal.all
        for name in scratch.files {
            let attributes = try FileManager.default.attributesOfItem(atPath: scratch.folder + "/" + name)
            #expect((attributes[.posixPermissions] as? Int) == 0o600, "\(name)")
        }
        #expect(scratch.files.contains("journal.sqlite"))
        journal.close()
    }

    @Test func answersWhatIsAskedFromFileAndMemoryAlike() {
        let scratch = Scratch()
        var journal = scratch.journal()
        for number in 0..<20 {
            let service = ["db", "web", nil][number % 3]
            journal.append(
                Scratch.event(
                    "\(number)", service: service, kind: number % 2 == 0 ? "exited" : "ready",
                    time: Int64(number) * 10))
        }
        func ids(_ query: EventQuery) -> [Int64] { journal.events(query).map(\.id) }
        func ask() {
            #expect(ids(EventQuery(after: 17)) == [18, 19, 20])
            #expect(ids(EventQuery(before: 4)) == [1, 2, 3])
            #expect(ids(EventQuery(after: 2, before: 6, newestFirst: true)) == [5, 4, 3])
            #expect(ids(EventQuery(since: 170, until: 190)) == [18, 19])
            #expect(ids(EventQuery(services: ["db"], limit: 2)) == [1, 4])
            #expect(ids(EventQuery(services: ["db"], limit: 2, newestFirst: true)) == [19, 16])
            #expect(ids(EventQuery(services: ["db", "web"], kinds: ["ready"], limit: 3)) == [2, 4, 8])
            #expect(ids(EventQuery(services: [])) == [])
            #expect(ids(EventQuery(incident: 1)).count == 20)
            #expect(ids(EventQuery(incident: 2)) == [])
            #expect(ids(EventQuery(limit: 0)) == [])
            #expect(ids(EventQuery(limit: -1)) == [])
        }
        ask()
        journal.close()
        journal = scratch.journal()
        ask()
        journal.close()
    }

    @Test func aReaderMeanwhileSeesEachEventOnceAndInOrder() async {
        let scratch = Scratch()
        let journal = scratch.journal()
        let count: Int64 = 20_000
        let writer = Task.detached {
            for number in 0..<count {
                journal.append(Scratch.event())
                // The bound of what waits in memory is another test's.
                if number % 2_000 == 1_999 { _ = await Self.written(journal, upTo: number - 4_000) }
            }
        }
        var cursor: Int64 = 0
        while cursor < count, journal.waitForEvent(after: cursor, patience: .seconds(60)) {
            for event in journal.events(EventQuery(after: cursor, limit: 700)) {
                #expect(event.id == cursor + 1)
                cursor = event.id
            }
        }
        await writer.value
        #expect(cursor == count)
        #expect(journal.events(EventQuery(limit: .max, newestFirst: true)).map(\.id) == Array((1...count).reversed()))
        journal.close()
    }

    static func written(_ journal: Journal, upTo id: Int64) async -> Bool {
        while (try? JournalReader(path: journal.path).events(EventQuery(after: id, limit: 1)))?.isEmpty != false {
            if id < 1 { return true }
            await Task.yield()
        }
        return true
    }

    @Test func wakesWhoWaitsForAnEvent() async {
        let scratch = Scratch()
        let journal = scratch.journal()
        #expect(!journal.waitForEvent(after: 0, patience: .milliseconds(1)))
        let waiter = Task.detached { journal.waitForEvent(after: 0, patience: .seconds(600)) }
        journal.append(Scratch.event())
        #expect(await waiter.value)
        #expect(journal.waitForEvent(after: 0, patience: .zero))
        #expect(!journal.waitForEvent(after: 1, patience: .zero))
        journal.close()
    }

    @Test func keepsTheNewestPictureOfAnIncident() {
        let scratch = Scratch()
        var journal = scratch.journal()
        #expect(journal.lastIncidentID == 0)
        for id in Int64(1)...5 { journal.save(Scratch.incident(id)) }
        journal.save(Scratch.incident(2, .resolved, endedAt: 9))
        func ask() {
            #expect(journal.incidents(limit: 10).map(\.id) == [5, 4, 3, 2, 1])
            #expect(journal.incidents(limit: 2).map(\.id) == [5, 4])
            #expect(journal.incidents(before: 4, limit: 2).map(\.id) == [3, 2])
            #expect(journal.incidents(limit: 10, onlyOpen: true).map(\.id) == [5, 4, 3, 1])
            #expect(journal.incidents(limit: 0).isEmpty)
            #expect(journal.incident(2) == Scratch.incident(2, .resolved, endedAt: 9))
            #expect(journal.incident(6) == nil)
            #expect(journal.lastIncidentID == 5)
        }
        ask()
        journal.close()
        journal = scratch.journal()
        ask()
        // The file still says that it is open.
        journal.save(Scratch.incident(5, .closed, endedAt: 9))
        #expect(journal.incidents(limit: 10, onlyOpen: true).map(\.id) == [4, 3, 1])
        journal.close()
    }

    @Test func anotherProcessReadsTheFileThatIsWritten() throws {
        let scratch = Scratch()
        #expect(try JournalReader(path: scratch.path).events(EventQuery()).isEmpty)
        let journal = scratch.journal()
        journal.append(Scratch.event())
        journal.close()
        let reader = JournalReader(path: scratch.path)
        #expect(try reader.events(EventQuery()).map(\.id) == [1])
        #expect(try reader.incident(1) == nil)
    }

    @Test func aClockThatIsSetBackChangesNoOrder() {
        let scratch = Scratch()
        var journal = scratch.journal()
        let now: Int64 = 1_800_000_000_000_000_000
        journal.append(Scratch.event("first", time: now))
        scratch.clock.withLock { $0 -= 3_600_000_000_000 }
        journal.append(Scratch.event("second", time: now - 3_600_000_000_000))
        journal.close()
        journal = scratch.journal()
        journal.append(Scratch.event("third", time: now - 3_599_000_000_000))
        #expect(journal.all.map(\.text) == ["first", "second", "third"])
        journal.close()
        #expect(scratch.everythingReported.isEmpty)
    }
}
