import Foundation
import Glibc
import Stack
import Testing

@testable import Journal

/// On small file systems of their own, which only root can mount.
@Suite(.serialized) struct FullDiskTests {
    /// A tmpfs, unmounted at the end.
    final class Disk {
        let folder: String

        init?(kilobytes: Int) {
            folder = NSTemporaryDirectory() + "journal-disk-" + UUID().uuidString
            mkdir(folder, 0o700)
            guard mount("tmpfs", folder, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
                rmdir(folder)
                return nil
            }
        }

        deinit {
            umount2(folder, Int32(MNT_DETACH))
            rmdir(folder)
        }

        /// Takes what room there is.
        func fill() {
            let descriptor = open(folder + "/ballast", O_WRONLY | O_CREAT | O_APPEND, 0o600)
            defer { close(descriptor) }
            let block = [UInt8](repeating: 1, count: 4_096)
            while write(descriptor, block, block.count) > 0 {}
        }

        func free() { unlink(folder + "/ballast") }

        func makeReadOnly(_ isReadOnly: Bool) -> Bool {
            let flags = UInt(MS_REMOUNT) | (isReadOnly ? UInt(MS_RDONLY) : 0)
            return mount("tmpfs", folder, "tmpfs", flags, nil) == 0
        }
    }

    private func disk(_ kilobytes: Int) -> Disk? {
        if let disk = Disk(kilobytes: kilobytes) { return disk }
        print("NOT TESTED: the journal on a full or read-only disk, as no tmpfs can be mounted here (needs root)")
        return nil
    }

    @Test func aFullDiskIsSaidAndMendsWhenThereIsRoomAgain() throws {
        guard let disk = disk(2_048) else { return }
        let scratch = Scratch()
        let path = disk.folder + "/journal.sqlite"
        let journal = scratch.journal(at: path)
        journal.append(Scratch.event("first"))
        #expect(try Scratch.waitForWriting(to: path))
        disk.fill()
        // The log beside the file may still have room for a few.
        var count: Int64 = 1
        while !scratch.everythingReported.contains(where: { if case .trouble = $0 { true } else { false } }) {
            count = journal.append(Scratch.event(String(repeating: "x", count: 1_000)))
        }
        #expect(scratch.waitForTrouble("the disk is full; free space"))
        count = journal.append(Scratch.event("while it is full"))
        #expect(journal.all.map(\.id) == Array(1...count))
        #expect(journal.events(EventQuery(newestFirst: true)).first?.text == "while it is full")
        disk.free()
        #expect(scratch.waitForMend())
        journal.append(Scratch.event("last"))
        journal.close()
        let written = try JournalReader(path: path).events(EventQuery(limit: .max))
        #expect(written.map(\.id) == Array(1...count + 1))
        #expect(written.last?.text == "last")
    }

    @Test func aReadOnlyDiskIsSaidAndMends() throws {
        guard let disk = disk(2_048) else { return }
        let scratch = Scratch()
        let path = disk.folder + "/journal.sqlite"
        var journal = scratch.journal(at: path)
        journal.append(Scratch.event("first"))
        journal.close()
        try #require(disk.makeReadOnly(true))
        journal = scratch.journal(at: path)
        #expect(scratch.waitForTrouble("read-only"))
        // The next healer cannot know how far this one came, so ids are taken from the clock.
        #expect(journal.append(Scratch.event("second")) > 1_000_000_000)
        #expect(journal.all.map(\.text) == ["first", "second"])
        #expect(disk.makeReadOnly(false))
        #expect(scratch.waitForMend())
        journal.close()
        #expect(try JournalReader(path: path).events(EventQuery()).map(\.text) == ["first", "second"])
    }

    @Test func aDiskThatIsFullFromTheBeginningIsSaidAndMends() throws {
        guard let disk = disk(512) else { return }
        let scratch = Scratch()
        let path = disk.folder + "/journal.sqlite"
        disk.fill()
        let journal = scratch.journal(at: path)
        #expect(scratch.waitForTrouble("the disk is full"))
        journal.append(Scratch.event("first"))
        #expect(journal.all.map(\.text) == ["first"])
        disk.free()
        #expect(scratch.waitForMend())
        journal.close()
        #expect(try JournalReader(path: path).events(EventQuery()).map(\.text) == ["first"])
    }

    @Test func whatMemoryCannotHoldIsCountedAndSaid() throws {
        guard let disk = disk(2_048) else { return }
        let scratch = Scratch()
        let path = disk.folder + "/journal.sqlite"
        disk.fill()
        let journal = scratch.journal(at: path)
        #expect(scratch.waitForTrouble("the disk is full"))
        for number in 0..<12_001 { journal.append(Scratch.event("\(number)", time: 0)) }
        let kept = journal.all
        #expect(kept.count >= 10_000 && kept.count <= 11_000)
        #expect(kept.last?.text == "12000")
        disk.free()
        let lost = 12_001 - kept.count
        #expect(
            scratch.waitForReport {
                if case .mended(_, let story?) = $0 { story.contains("\(lost) older events") } else { false }
            })
        journal.close()
    }

    @Test func aFolderThatCannotBeMadeIsSaidAndMends() throws {
        let scratch = Scratch()
        let blocked = scratch.folder + "/state"
        #expect(FileManager.default.createFile(atPath: blocked, contents: nil))
        let journal = scratch.journal(at: blocked + "/journal.sqlite")
        #expect(scratch.waitForTrouble("cannot be written"))
        journal.append(Scratch.event("first"))
        #expect(journal.all.map(\.text) == ["first"])
        try FileManager.default.removeItem(atPath: blocked)
        #expect(scratch.waitForMend())
        journal.close()
        #expect(try JournalReader(path: blocked + "/journal.sqlite").events(EventQuery()).map(\.text) == ["first"])
    }
}
