import Foundation
import Stack
import Testing

@testable import Healer

@Suite struct LogTailsTests {
    private let folder = NSTemporaryDirectory() + "tails-" + UUID().uuidString
    private let redis = InstanceID("redis", 1)

    /// Writes files by ending and reads the tail of them.
    private func tail(_ files: [String: String]) throws -> [String] {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (ending, text) in files {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/redis-1.log\(ending)"))
        }
        let tail = LogTails.read(redis, in: folder)
        #expect(tail.instance == "redis-1")
        return tail.lines
    }

    private func lines(_ numbers: ClosedRange<Int>) -> String { numbers.map { "line \($0)\n" }.joined() }

    @Test func takesTheLastLines() throws {
        #expect(try tail(["": lines(1...200)]) == (151...200).map { "line \($0)" })
        #expect(try tail(["": "one\ntwo\nunfinished"]) == ["one", "two", "unfinished"])
    }

    @Test func goesOnWithFilesThatWerePutAside() throws {
        let files = ["": lines(61...70), ".1": lines(31...60), ".2": lines(11...30), ".3": lines(1...10)]
        #expect(try tail(files) == (21...70).map { "line \($0)" })
        #expect(try tail([".1": lines(1...3)]) == (1...3).map { "line \($0)" })
        #expect(try tail(["": "", ".1": lines(1...3)]) == (1...3).map { "line \($0)" })
    }

    @Test func thereMayBeNothing() throws {
        #expect(try tail([:]) == [])
        #expect(try tail(["": ""]) == [])
    }

    @Test func readsNoMoreThanItsBoundAndNoHalfLine() throws {
        let long = String(repeating: "x", count: 10_000)
        let found = try tail(["": (1...100).map { "\($0) \(long)\n" }.joined(), ".1": lines(1...10)])
        #expect((20...30).contains(found.count))
        #expect(found.last?.hasPrefix("100 xxx") == true)
        #expect(found.allSatisfy { $0.count == 2_001 && $0.hasSuffix("…") && $0.first?.isNumber == true })
    }

    @Test func aLineWithoutEndIsNoTrouble() throws {
        #expect(try tail(["": String(repeating: "x", count: 1_000_000)]) == [])
    }

    @Test func bytesThatAreNoTextAreNoTrouble() {
        #expect(LogTails.last(2, of: [0xFF, 0x0A, 0x41]) == ["\u{FFFD}", "A"])
    }
}
