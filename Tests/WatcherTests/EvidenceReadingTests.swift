import Testing

@testable import Watcher

@Suite struct EvidenceReadingTests {
    @Test func theLastLinesAreKept() {
        let text = (1...60).map { "line \($0)" }.joined(separator: "\n")
        let lines = EvidenceReading.last(of: Array(text.utf8))
        #expect(lines.count == 50 && lines.first == "line 11" && lines.last == "line 60")
        #expect(EvidenceReading.last(of: []).isEmpty)
    }

    @Test func whatCannotBePrintedIsLeftOutAndLongLinesAreCut() {
        #expect(EvidenceReading.last(of: Array("\u{1B}[31mred\u{7F}\r\n\tend".utf8)) == ["[31mred", "\tend"])
        let long = EvidenceReading.last(of: [UInt8](repeating: 97, count: 3_000))
        #expect(long == [String(repeating: "a", count: 2_000) + "…"])
    }
}
