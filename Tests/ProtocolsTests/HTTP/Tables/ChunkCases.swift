import Protocols
import Testing

/// A chunked body with what follows it, what must be made of it, and why.
struct ChunkCase: CustomTestStringConvertible, Sendable {
    var why: String
    var body: [UInt8]
    var progress: ChunkedReader.Progress

    init(_ why: String, _ body: String, _ progress: ChunkedReader.Progress) {
        self.why = why
        self.body = body.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        self.progress = progress
    }

    /// A body that ends before `rest`.
    static func ends(_ why: String, _ body: String, before rest: String = "") -> ChunkCase {
        ChunkCase(why, body + rest, .ended(consumed: body.unicodeScalars.count))
    }

    var testDescription: String { why }
}

let chunkCases: [ChunkCase] = [
    .ends("nothing", "0\r\n\r\n"),
    .ends("the next request is left alone", "0\r\n\r\n", before: "GET / HTTP/1.1\r\n"),
    .ends("a chunk", "5\r\nhello\r\n0\r\n\r\n", before: "x"),
    .ends("two chunks", "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"),
    .ends("line ends are data too", "4\r\n\r\n\r\n\r\n0\r\n\r\n"),
    .ends("what looks like an end is data", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", before: "0\r\n\r\n"),
    .ends("digits of both cases", "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"),
    .ends("leading zeros", "0005\r\nhello\r\n000\r\n\r\n"),
    .ends("an extension", "5;a=b\r\nhello\r\n0;c\r\n\r\n"),
    .ends("a quoted extension", "5;a=\"b c\"; d\r\nhello\r\n0\r\n\r\n"),
    .ends("a trailer", "0\r\nX-Sum: 1\r\n\r\n", before: "GET"),
    .ends("two trailers, one of them empty", "0\r\nA:\r\nB: \tc \u{e4}\r\n\r\n"),
    .ends("a trailer that a proxy knows but that is harmless", "0\r\nX-Request-Id: 1\r\n\r\n"),
    ChunkCase("not ended: no empty line", "0\r\n", .needMore),
    ChunkCase("not ended: half an empty line", "0\r\n\r", .needMore),
    ChunkCase("not ended: data", "5\r\nhel", .needMore),
    ChunkCase("not begun", "", .needMore),
    ChunkCase("no size", "\r\nhello\r\n", .refused(.badChunkSize)),
    ChunkCase("an extension without a size", ";a\r\n", .refused(.badChunkSize)),
    ChunkCase("a size that is no number", "G\r\n", .refused(.badChunkSize)),
    ChunkCase("0x, which strtol takes", "0x5\r\nhello\r\n", .refused(.badChunkSize)),
    ChunkCase("a sign", "+5\r\nhello\r\n", .refused(.badChunkSize)),
    ChunkCase("a negative size", "-1\r\n", .refused(.badChunkSize)),
    ChunkCase("a separator", "1_0\r\n", .refused(.badChunkSize)),
    ChunkCase("a blank before", " 5\r\nhello\r\n", .refused(.badChunkSize)),
    ChunkCase("a blank behind", "5 \r\nhello\r\n", .refused(.badChunkSize)),
    ChunkCase("a blank before the extension", "5 ;a\r\nhello\r\n", .refused(.badChunkSize)),
    ChunkCase("a tab behind", "5\t\r\nhello\r\n", .refused(.badChunkSize)),
    ChunkCase("a NUL behind", "5\u{0}\r\nhello\r\n", .refused(.badChunkSize)),
    ChunkCase("a comma", "5,6\r\n", .refused(.badChunkSize)),
    ChunkCase("2^64 + 5 wraps around to five", "10000000000000005\r\nhello\r\n", .refused(.badChunkSize)),
    ChunkCase("2^64 - 1", "ffffffffffffffff\r\n", .refused(.badChunkSize)),
    ChunkCase("2^60", "1000000000000000\r\n", .refused(.badChunkSize)),
    ChunkCase("2^60 - 1", "fffffffffffffff\r\nx", .needMore),
    ChunkCase("seventeen digits of nothing", "00000000000000000\r\n\r\n", .refused(.badChunkSize)),
    ChunkCase("a size that ends in a line feed", "5\nhello\r\n0\r\n\r\n", .refused(.bareLineFeed)),
    ChunkCase("a size that ends in a carriage return", "5\rhello\r\n0\r\n\r\n", .refused(.bareCarriageReturn)),
    ChunkCase("a size that ends in two", "5\r\r\nhello\r\n0\r\n\r\n", .refused(.bareCarriageReturn)),
    ChunkCase("TERM.EXT: a line feed in an extension", "5;a\nhello\r\n0\r\n\r\n", .refused(.bareLineFeed)),
    ChunkCase("EXT.TERM: a carriage return in one", "5;a\rb\r\nhello\r\n", .refused(.bareCarriageReturn)),
    ChunkCase("a NUL in an extension", "5;\u{0}\r\nhello\r\n", .refused(.badChunkExtension)),
    ChunkCase("a DEL in an extension", "5;\u{7f}\r\nhello\r\n", .refused(.badChunkExtension)),
    ChunkCase(
        "an extension without end", "5;" + String(repeating: "a", count: 256) + "\r\nhello\r\n",
        .refused(.badChunkExtension)),
    ChunkCase("TERM.SPILL: more data than the size", "5\r\nhello!\r\n0\r\n\r\n", .refused(.badChunkEnd)),
    ChunkCase("less data than the size", "5\r\nhell\r\n0\r\n\r\n", .refused(.badChunkEnd)),
    ChunkCase("data that ends in a line feed", "5\r\nhello\n0\r\n\r\n", .refused(.badChunkEnd)),
    ChunkCase("data that ends in a carriage return", "5\r\nhello\r0\r\n\r\n", .refused(.badChunkEnd)),
    ChunkCase("data that ends in anything of two bytes", "5\r\nhelloXX0\r\n\r\n", .refused(.badChunkEnd)),
    ChunkCase("data that ends in one byte and a line feed", "5\r\nhelloX\n0\r\n\r\n", .refused(.badChunkEnd)),
    ChunkCase("data that ends in nothing", "5\r\nhello0\r\n\r\n", .refused(.badChunkEnd)),
    ChunkCase("an end of a line feed", "0\r\n\n", .refused(.bareLineFeed)),
    ChunkCase("an end of a carriage return", "0\r\n\rGET", .refused(.bareCarriageReturn)),
    ChunkCase("an end without its empty line", "0\r\nGET / HTTP/1.1\r\n", .refused(.badFieldName)),
    ChunkCase("a trailer that tells a length", "0\r\nContent-Length: 5\r\n\r\n", .refused(.forbiddenTrailer)),
    ChunkCase("a trailer that tells a coding", "0\r\ntransfer-encoding: a\r\n\r\n", .refused(.forbiddenTrailer)),
    ChunkCase("a trailer that tells a host", "0\r\nHOST: a\r\n\r\n", .refused(.forbiddenTrailer)),
    ChunkCase("a trailer that authorizes", "0\r\nAuthorization: a\r\n\r\n", .refused(.forbiddenTrailer)),
    ChunkCase("a trailer that forges an address", "0\r\nX_Forwarded_For: a\r\n\r\n", .refused(.forbiddenTrailer)),
    ChunkCase("a trailer without a name", "0\r\n: a\r\n\r\n", .refused(.badFieldName)),
    ChunkCase("a trailer with a blank before its colon", "0\r\nX : a\r\n\r\n", .refused(.badFieldName)),
    ChunkCase("a folded trailer", "0\r\nX: a\r\n b\r\n\r\n", .refused(.foldedField)),
    ChunkCase("a trailer that ends in a line feed", "0\r\nX: a\n\r\n", .refused(.bareLineFeed)),
    ChunkCase("a trailer that ends in a carriage return", "0\r\nX: a\rb\r\n", .refused(.bareCarriageReturn)),
    ChunkCase("a trailer with a NUL", "0\r\nX: \u{0}\r\n\r\n", .refused(.controlByte)),
    ChunkCase(
        "trailers without end", "0\r\n" + String(repeating: "X: aaaaaaaaaaaa\r\n", count: 300) + "\r\n",
        .refused(.trailersTooLarge)),
    ChunkCase(
        "a trailer's value without end", "0\r\nX:" + String(repeating: "a", count: 5000), .refused(.trailersTooLarge)),
]
