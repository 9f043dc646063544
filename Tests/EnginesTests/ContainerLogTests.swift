import Testing

@testable import Engines

@Suite struct OutputFramesTests {
    static func frame(_ text: String, stream: UInt8 = 1) -> [UInt8] {
        let bytes = Array(text.utf8)
        let length = UInt32(bytes.count)
        let size = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
        return [stream, 0, 0, 0] + size + bytes
    }

    private static let whole =
        frame("hello\n") + frame("oops", stream: 2) + frame("") + frame(String(repeating: "x", count: 300))

    private static let pieces = [
        ("hello\n", false), ("oops", true), ("", false), (String(repeating: "x", count: 300), false),
    ].map { OutputFrames.Piece(isError: $0.1, bytes: Array($0.0.utf8)) }

    @Test func piecesAreWholeWhateverTheCut() {
        for cut in 0...Self.whole.count {
            var frames = OutputFrames()
            let found = frames.take(Array(Self.whole[..<cut])) + frames.take(Array(Self.whole[cut...]))
            #expect(found == Self.pieces, "cut at \(cut)")
        }
    }

    @Test func evenByteByByte() {
        var frames = OutputFrames()
        #expect(Self.whole.flatMap { frames.take([$0]) } == Self.pieces)
        #expect(frames.take([]).isEmpty)
    }

    @Test func aFrameThatIsTooLongEndsIt() {
        var frames = OutputFrames()
        let found = frames.take(Self.frame("a") + [1, 0, 0, 0, 255, 255, 255, 255] + Array("rubbish".utf8))
        #expect(found == [OutputFrames.Piece(isError: false, bytes: Array("a".utf8))])
    }
}

@Suite struct LogReadingTests {
    private static let time = "2025-01-02T03:04:05.000000007Z"
    private static let nanoseconds: Int64 = 1_735_787_045_000_000_007

    private static func line(_ text: String, isError: Bool = false) -> ContainerLogLine {
        ContainerLogLine(time: nanoseconds, isError: isError, text: Array(text.utf8))
    }

    private func lines(_ bytes: [UInt8], cut: Int? = nil) -> [ContainerLogLine] {
        var reading = LogReading()
        guard let cut else { return bytes.flatMap { reading.take([$0]) } }
        return reading.take(Array(bytes[..<cut])) + reading.take(Array(bytes[cut...]))
    }

    private static let plain = Array("\(time) one\r\n\(time) two words\n\(time) \n\(time)\n\(time) unfinished".utf8)

    @Test func aTerminalsLogIsPlain() {
        let expected = ["one", "two words", "", ""].map { Self.line($0) }
        for cut in 0...Self.plain.count { #expect(lines(Self.plain, cut: cut) == expected, "cut at \(cut)") }
        #expect(lines(Self.plain) == expected)
    }

    @Test func anyOtherIsFramed() {
        let bytes =
            OutputFramesTests.frame("\(Self.time) out\n") + OutputFramesTests.frame("\(Self.time) err\r\n", stream: 2)
            + OutputFramesTests.frame("\(Self.time) a\n\(Self.time) b\n") + OutputFramesTests.frame("\(Self.time) c")
        let expected = [Self.line("out"), Self.line("err", isError: true), Self.line("a"), Self.line("b")]
        for cut in 0...bytes.count { #expect(lines(bytes, cut: cut) == expected, "cut at \(cut)") }
        #expect(lines(bytes) == expected)
    }

    @Test func halvesOfALineAreOfTheirOwnStream() {
        let bytes =
            OutputFramesTests.frame("\(Self.time) ou") + OutputFramesTests.frame("\(Self.time) er", stream: 2)
            + OutputFramesTests.frame("t\n") + OutputFramesTests.frame("r\n", stream: 2)
        #expect(lines(bytes) == [Self.line("out"), Self.line("err", isError: true)])
    }

    @Test func whatHasNoTimeIsNoLine() {
        let bytes = Array("9 rubbish\n\(Self.time) good\nno time at all\n\n\(Self.time) too\n".utf8)
        #expect(lines(bytes) == [Self.line("good"), Self.line("too")])
    }

    @Test func bytesThatAreNoTextAreKept() {
        let odd: [UInt8] = [0xFF, 0x00, 0xC3, 0x0D, 0x41]
        let bytes = Array("\(Self.time) ".utf8) + odd + Array("\n".utf8)
        #expect(lines(bytes).map(\.text) == [odd])
    }

    @Test func aLineWithoutAnEndIsDroppedAndTheNextIsRead() {
        var reading = LogReading()
        #expect(reading.take(Array("\(Self.time) ".utf8)).isEmpty)
        for _ in 0..<40 { #expect(reading.take([UInt8](repeating: 120, count: 65_536)).isEmpty) }
        #expect(reading.take(Array("\n\(Self.time) good\n".utf8)) == [Self.line("good")])
    }

    @Test func nothingIsNothing() {
        var reading = LogReading()
        #expect(reading.take([]).isEmpty)
        #expect(reading.take(OutputFramesTests.frame("\(Self.time) x\n")) == [Self.line("x")])
    }

    @Test func aLineIsWrittenAsHalesOwnFilesHaveIt() {
        let lines = [Self.line("hello"), Self.line("", isError: true)].map {
            String(decoding: $0.fileLine, as: UTF8.self)
        }
        #expect(lines[0].hasSuffix("Z stdout F hello\n") && lines[0].hasPrefix("2025-01-02T03:04:05."))
        #expect(lines[1].hasSuffix("Z stderr F \n"))
    }
}
