import Foundation
import Stack
import Testing

@testable import Journal

/// Whatever becomes of the file, events are taken and told.
@Suite struct TroubleTests {
    enum Damage: CaseIterable {
        case randomBytesInTheMiddle, randomBytesAtTheStart, truncated, empty, zeroes, folder, anotherDatabase
    }

    @Test(arguments: Damage.allCases)
    func aDamagedFileIsPutAsideAndANewOneBegun(damage: Damage) throws {
        let scratch = Scratch()
        scratch.fill(3_000)
        try Self.damage(scratch.path, damage)
        var journal = scratch.journal()
        #expect(scratch.waitForTrouble("damaged"))
        let id = journal.append(Scratch.event("after"))
        #expect(id > 3_000)
        #expect(journal.events(EventQuery(newestFirst: true)).first?.text == "after")
        journal.close()
        let aside = scratch.files.filter { $0.hasPrefix("journal.sqlite.corrupt-") && !$0.hasSuffix("-wal") }
        #expect(aside.count == 1)
        journal = scratch.journal()
        #expect(journal.all.map(\.text) == ["after"])
        journal.close()
    }

    static func damage(_ path: String, _ damage: Damage) throws {
        let file = URL(filePath: path)
        var bytes = try Data(contentsOf: file)
        // The same bytes each time, so that a failure can be looked at.
        let noise = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 3 ^ 0x5A) }
        switch damage {
        case .randomBytesInTheMiddle:
            let middle = bytes.count / 2
            bytes.replaceSubrange(middle..<min(bytes.count, middle + noise.count), with: noise)
        case .randomBytesAtTheStart: bytes.replaceSubrange(0..<200, with: noise[..<200])
        case .truncated: bytes = bytes.prefix(bytes.count / 2)
        case .empty: bytes = Data()
        case .zeroes: bytes = Data(repeating: 0, count: bytes.count)
        case .folder:
            try FileManager.default.removeItem(at: file)
            return try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
        case .anotherDatabase:
            try FileManager.default.removeItem(at: file)
            try Data().write(to: file)
            let connection = try Connection(path: path, .write)
            return try connection.execute("CREATE TABLE events(a); PRAGMA user_version = 1")
        }
        try bytes.write(to: file)
    }

    @Test func onlyThreeDamagedFilesAreKept() throws {
        let scratch = Scratch()
        for round in 1...5 {
            try Data([1, 2, 3]).write(to: URL(filePath: scratch.path))
            scratch.clock.withLock { $0 += 1_000_000_000 }
            let journal = scratch.journal()
            journal.append(Scratch.event())
            journal.close()
            let aside = scratch.files.filter { $0.contains(".corrupt-") }
            #expect(aside.count == min(3, round))
        }
    }

    @Test func aFileOfANewerHaleIsKeptAsItIs() throws {
        let scratch = Scratch()
        scratch.fill(3)
        try Connection(path: scratch.path, .write).execute("PRAGMA user_version = 9")
        let journal = scratch.journal()
        #expect(scratch.waitForTrouble("version 9"))
        #expect(journal.append(Scratch.event()) > 1_000_000)
        journal.close()
        let aside = try #require(scratch.files.first { $0.contains(".newer-") })
        let kept = try Connection(path: scratch.folder + "/" + aside, .read)
        #expect(try kept.number("SELECT count(*) FROM events") == 3)
        #expect(throws: JournalError.newer(9)) {
            try JournalReader(path: scratch.folder + "/" + aside).events(EventQuery())
        }
    }

    @Test(arguments: [false, true])
    func aFileThatIsRemovedOrReplacedInUseIsBegunAnew(isReplaced: Bool) throws {
        let scratch = Scratch()
        let journal = scratch.journal()
        journal.append(Scratch.event("before"))
        #expect(try Scratch.waitForWriting(to: scratch.path))
        try FileManager.default.removeItem(atPath: scratch.path)
        if isReplaced {
            let other = Scratch()
            other.fill(1)
            try FileManager.default.copyItem(atPath: other.path, toPath: scratch.path)
        }
        let id = journal.append(Scratch.event("after"))
        #expect(id == 2)
        #expect(
            scratch.waitForReport {
                if case .happened(let text) = $0 { text.contains(isReplaced ? "replaced" : "removed") } else { false }
            })
        journal.close()
        #expect(try JournalReader(path: scratch.path).events(EventQuery()).last?.text == "after")
        #expect(!scratch.files.contains { $0.contains(".corrupt-") })
    }

    @Test func aLogThatIsRemovedInUseLosesNothing() throws {
        let scratch = Scratch()
        let journal = scratch.journal()
        journal.append(Scratch.event("before"))
        #expect(try Scratch.waitForWriting(to: scratch.path))
        try FileManager.default.removeItem(atPath: scratch.path + "-wal")
        journal.append(Scratch.event("after"))
        journal.close()
        #expect(try JournalReader(path: scratch.path).events(EventQuery()).map(\.text) == ["before", "after"])
    }

    @Test func damageThatIsMetWhileItIsInUseIsMended() throws {
        let scratch = Scratch()
        scratch.fill(3_000)
        let journal = scratch.journal()
        _ = journal.append(Scratch.event("before"))
        let file = try FileHandle(forWritingTo: URL(filePath: scratch.path))
        try file.write(contentsOf: Data(repeating: 0xA5, count: 60_000))
        try file.close()
        #expect(journal.append(Scratch.event("after")) > 3_000)
        var isTold = false
        while !isTold {
            _ = journal.all
            journal.append(Scratch.event("more"))
            isTold = scratch.everythingReported.contains { if case .trouble = $0 { true } else { false } }
        }
        journal.append(Scratch.event("last"))
        journal.close()
        #expect(try JournalReader(path: scratch.path).events(EventQuery(limit: .max)).last?.text == "last")
    }
}
