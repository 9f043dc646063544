import Protocols
import Testing

/// What a reader makes of bytes that arrive in pieces; `consumed` counts from the first piece.
func readChunks(_ pieces: [[UInt8]]) -> ChunkedReader.Progress {
    var reader = ChunkedReader()
    var before = 0
    for piece in pieces {
        switch piece.withUnsafeBytes({ reader.read($0) }) {
        case .needMore: before += piece.count
        case .ended(let consumed): return .ended(consumed: before + consumed)
        case .refused(let refusal): return .refused(refusal)
        }
    }
    return .needMore
}

@Suite struct ChunkedReaderTests {
    @Test(arguments: chunkCases)
    func bodyIsJudged(_ row: ChunkCase) {
        #expect(readChunks([row.body]) == row.progress)
    }

    @Test(arguments: chunkCases)
    func bodyIsJudgedTheSameWhateverTheCut(_ row: ChunkCase) {
        for cut in 0...row.body.count {
            #expect(readChunks([Array(row.body[..<cut]), Array(row.body[cut...])]) == row.progress, "cut at \(cut)")
        }
        #expect(readChunks(row.body.map { [$0] }) == row.progress)
    }

    @Test func verdictIsFinal() {
        var ended = ChunkedReader()
        #expect(bytes("0\r\n\r\n").withUnsafeBytes { ended.read($0) } == .ended(consumed: 5))
        #expect(bytes("5\r\n").withUnsafeBytes { ended.read($0) } == .ended(consumed: 0))
        var refused = ChunkedReader()
        #expect(bytes("x").withUnsafeBytes { refused.read($0) } == .refused(.badChunkSize))
        #expect(bytes("0\r\n\r\n").withUnsafeBytes { refused.read($0) } == .refused(.badChunkSize))
    }

    @Test func limitsAreTheCallers() {
        var reader = ChunkedReader(limits: ChunkedLimits(extensionBytes: 2, trailerBytes: 6))
        #expect(bytes("0;a\r\nX:a\r\n\r").withUnsafeBytes { reader.read($0) } == .needMore)
        var narrow = ChunkedReader(limits: ChunkedLimits(extensionBytes: 1, trailerBytes: 6))
        #expect(bytes("0;a\r\n").withUnsafeBytes { narrow.read($0) } == .refused(.badChunkExtension))
        var short = ChunkedReader(limits: ChunkedLimits(extensionBytes: 1, trailerBytes: 3))
        #expect(bytes("0\r\nX:ab").withUnsafeBytes { short.read($0) } == .refused(.trailersTooLarge))
    }
}
