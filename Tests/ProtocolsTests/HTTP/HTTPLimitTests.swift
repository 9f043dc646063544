import Protocols
import Testing

@Suite struct HTTPLimitTests {
    private func verdict(_ message: String, _ limits: HTTPLimits) -> HTTPCase.Verdict {
        let whole = parseRequest(bytes(message), limits: limits)
        for cut in 0...message.utf8.count {
            #expect(
                parse(bytes(message), cutAt: cut) { parseRequest($0, limits: limits, scannedBefore: $1) } == whole,
                "cut at \(cut)")
        }
        return whole.verdict.verdict
    }

    @Test func firstLineMayBeAsLongAsItsLimit() {
        let message = "GET /abc HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(verdict(message, HTTPLimits(lineBytes: 17)) == .framed(.none))
        #expect(verdict(message, HTTPLimits(lineBytes: 16)) == .refused(.lineTooLong))
        #expect(verdict("GET /abcdefgh", HTTPLimits(lineBytes: 12)) == .incomplete)
        #expect(verdict("GET /abcdefghij", HTTPLimits(lineBytes: 12)) == .refused(.lineTooLong))
        // What is wrong behind the limit must not be seen, whether it has arrived or not.
        #expect(verdict("GET / HTTP/1.1x\r\n", HTTPLimits(lineBytes: 12)) == .refused(.lineTooLong))
    }

    @Test func headMayBeAsLongAsItsLimit() {
        let message = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        let length = message.utf8.count
        #expect(verdict(message + "more", HTTPLimits(headBytes: length)) == .framed(.none))
        #expect(verdict(message, HTTPLimits(headBytes: length - 1)) == .refused(.headTooLarge))
        #expect(verdict("GET / HTTP/1.1\r\nHost:", HTTPLimits(headBytes: 22)) == .incomplete)
        #expect(verdict("GET / HTTP/1.1\r\nHost: ", HTTPLimits(headBytes: 22)) == .refused(.headTooLarge))
    }

    @Test func fieldsMayBeAsManyAsTheirLimit() {
        let message = "GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n"
        #expect(verdict(message, HTTPLimits(fields: 2)) == .framed(.none))
        #expect(verdict(message, HTTPLimits(fields: 1)) == .refused(.tooManyFields))
        #expect(verdict(message, HTTPLimits(fields: 0)) == .refused(.tooManyFields))
    }

    /// A sender of single bytes is looked at again at the ends of lines only, and where a byte must not be there.
    @Test func partOfALineIsNotLookedAtAgain() {
        let part = bytes("GET / HTTP/1.1\r\nHost: a\r\nB@d: c")
        #expect(parseRequest(part).verdict == .refused(.badFieldName))
        #expect(parseRequest(part, scannedBefore: part.count - 1).verdict == .incomplete)
        #expect(parseRequest(part + bytes("\r"), scannedBefore: part.count).verdict == .incomplete)
        #expect(parseRequest(part + bytes("\r\n"), scannedBefore: part.count + 1).verdict == .refused(.badFieldName))
        #expect(parseRequest(part + bytes("\u{1}"), scannedBefore: part.count).verdict == .refused(.badFieldName))
        #expect(parseRequest(part, scannedBefore: .max).verdict == .incomplete)
        #expect(parseRequest(part, scannedBefore: -1).verdict == .refused(.badFieldName))
    }
}
