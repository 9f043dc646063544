import Foundation
import Platform
import Stack
import Testing

@testable import Commands

/// A folder with log files, gone with the test.
private final class Folder {
    let url = FileManager.default.temporaryDirectory.appending(path: "hale-logs-\(UUID())")
    var path: String { url.path }

    init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Appends a line of that second to `name`.
    func write(_ name: String, _ second: Int, _ text: String, _ mark: Character = "F") throws {
        try append(name, Self.time(second) + " stdout \(mark) \(text)\n")
    }

    func append(_ name: String, _ text: String) throws {
        let file = url.appending(path: name)
        let old = (try? Data(contentsOf: file)) ?? Data()
        if old.isEmpty {
            try Data(text.utf8).write(to: file)
        } else {
            let handle = try FileHandle(forWritingTo: file)
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(text.utf8))
            try handle.close()
        }
    }

    /// What the keeper does when the newest file is full.
    func rotate(_ name: String) throws {
        let files = FileManager.default
        for number in stride(from: 3, through: 1, by: -1) {
            let from = url.appending(path: "\(name).\(number)")
            let to = url.appending(path: "\(name).\(number + 1)")
            if files.fileExists(atPath: from.path) { try files.moveItem(at: from, to: to) }
        }
        try files.moveItem(at: url.appending(path: name), to: url.appending(path: "\(name).1"))
    }

    static func time(_ second: Int) -> String {
        CalendarTime(nanoseconds: Int64(second) * 1_000_000_000).text
    }
}

private func rest(of log: InstanceLog) -> [String] {
    var lines: [String] = []
    while let entry = log.next() { lines.append(String(decoding: entry.text, as: UTF8.self)) }
    return lines
}

@Suite struct LogTests {
    @Test func linesAreRead() throws {
        let line = try #require(LogFileLine(Array("2026-11-24T03:06:22.1Z stderr P two words ".utf8)))
        #expect(String(decoding: line.time, as: UTF8.self) == "2026-11-24T03:06:22.1Z")
        #expect(line.isPartial)
        #expect(String(decoding: line.text, as: UTF8.self) == "two words ")
        #expect(LogFileLine(Array("2026-11-24T03:06:22.1Z stdout F ".utf8))?.text == [])
        for rubbish in ["", "text", "a b c", "a b X d", "a b FF d"] { #expect(LogFileLine(Array(rubbish.utf8)) == nil) }
    }

    @Test func filesAreReadFromTheOldestToTheNewest() throws {
        let folder = try Folder()
        try folder.write("a-1.log.2", 1, "one")
        try folder.write("a-1.log.1", 2, "two")
        try folder.write("a-1.log", 3, "three")
        #expect(rest(of: InstanceLog(instance: "a-1", folder: folder.path)) == ["one", "two", "three"])
        #expect(LogFolder(path: folder.path).tail(of: "a-1", 2) == ["two", "three"])
        #expect(LogFolder(path: folder.path).tail(of: "a-1", 0).isEmpty)
        let since = Array(Folder.time(2).utf8)
        #expect(rest(of: InstanceLog(instance: "a-1", folder: folder.path, since: since)) == ["two", "three"])
        #expect(rest(of: InstanceLog(instance: "b-1", folder: folder.path)).isEmpty)
    }

    @Test func piecesOfALineArePutTogether() throws {
        let folder = try Folder()
        try folder.write("a-1.log.1", 1, "one ", "P")
        try folder.write("a-1.log", 2, "line")
        try folder.append("a-1.log", "rubbish\n")
        try folder.write("a-1.log", 3, "end")
        #expect(rest(of: InstanceLog(instance: "a-1", folder: folder.path)) == ["one line", "end"])
    }

    @Test func rotationsAreFollowed() throws {
        let folder = try Folder()
        try folder.write("a-1.log", 1, "one")
        let log = InstanceLog(instance: "a-1", folder: folder.path)
        #expect(rest(of: log) == ["one"])
        try folder.write("a-1.log", 2, "two")
        #expect(rest(of: log) == ["two"])
        // Written to the file, put aside, and put aside again before anybody looks.
        try folder.write("a-1.log", 3, "three")
        try folder.rotate("a-1.log")
        try folder.write("a-1.log", 4, "four")
        try folder.rotate("a-1.log")
        #expect(rest(of: log) == ["three", "four"])
        try folder.write("a-1.log", 5, "five")
        #expect(rest(of: log) == ["five"])
    }

    @Test func aLineIsOnlyReadOnceItIsWhole() throws {
        let folder = try Folder()
        try folder.append("a-1.log", Folder.time(1) + " stdout F ha")
        let log = InstanceLog(instance: "a-1", folder: folder.path)
        #expect(rest(of: log).isEmpty)
        try folder.append("a-1.log", "lf\n")
        #expect(rest(of: log) == ["half"])
    }

    @Test func instancesAreMergedByTime() throws {
        let folder = try Folder()
        try folder.write("b-1.log", 1, "first")
        try folder.write("a-2.log", 2, "second")
        try folder.write("b-1.log", 3, "third")
        try folder.write("a-2.log", 3, "of equal times the first instance")
        let instances = LogFolder(path: folder.path).instances()
        #expect(instances == [InstanceID("a", 2), InstanceID("b", 1)])
        var merger = LogMerger()
        for instance in instances {
            merger.add(instance, InstanceLog(instance: instance.description, folder: folder.path))
        }
        var texts: [String] = []
        while let (_, entry) = merger.next() { texts.append(String(decoding: entry.text, as: UTF8.self)) }
        #expect(texts == ["first", "second", "of equal times the first instance", "third"])
    }

    @Test(arguments: [
        ("redis-1.log", InstanceID("redis", 1)), ("my-app-12.log.3", InstanceID("my-app", 12)),
        ("a.log-1.log", InstanceID("a.log", 1)), ("redis-1.txt", nil), ("redis.log", nil), ("-1.log", nil),
        ("redis-0.log", nil), ("redis-1.log.gz", nil), ("redis-x.log", nil), ("", nil),
    ])
    func filesAreNamedAfterInstances(name: String, instance: InstanceID?) {
        #expect(LogFolder.instance(ofFile: name) == instance)
    }

    @Test func linesAreShownWithNamesOfOneWidth() {
        var format = LogFormat(hasPrefix: true, hasTimestamps: true, style: .plain)
        format.know([InstanceID("db", 1), InstanceID("worker", 1)])
        let entry = LogEntry(time: Array("T".utf8), text: Array("text".utf8))
        #expect(String(decoding: format.line(InstanceID("db", 1), entry), as: UTF8.self) == "db-1      | T text\n")
        format.hasPrefix = false
        format.hasTimestamps = false
        #expect(String(decoding: format.line(InstanceID("db", 1), entry), as: UTF8.self) == "text\n")
    }

    @Test func printingGoesOnWithWhatComes() throws {
        let folder = try Folder()
        try folder.write("a-1.log", 1, "one")
        try folder.write("a-1.log", 2, "two")
        var output: [UInt8] = []
        let console = Console(output: { output += $0 }, errors: { _ in })
        var follower = LogFollower(
            folder: LogFolder(path: folder.path), services: [], since: nil, tail: 1,
            format: LogFormat(hasPrefix: true, hasTimestamps: false, style: .plain))
        try follower.printNew(to: console)
        try folder.write("b-1.log", 3, "of a new instance")
        try follower.printNew(to: console)
        #expect(String(decoding: output, as: UTF8.self) == "a-1  | two\nb-1  | of a new instance\n")
    }
}
