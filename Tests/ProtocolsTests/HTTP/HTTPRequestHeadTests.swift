import Protocols
import Testing

@Suite struct HTTPRequestHeadTests {
    static let whole = bytes(
        "POST /a/b?c=d HTTP/1.1\r\nHost: api:8080\r\ncontent-LENGTH:\t12 \r\nX-Other:\r\n"
            + "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nExpect: 100-Continue\r\n\r\nhello")

    @Test func readsAWholeHead() throws {
        let parsed = parseRequest(Self.whole)
        guard case .head(let head) = parsed.verdict else {
            Issue.record("\(parsed.verdict)")
            return
        }
        #expect(head.method == .post)
        #expect(text(head.target, of: Self.whole) == "/a/b?c=d")
        #expect(head.path == head.target)
        #expect(text(head.authority, of: Self.whole) == "api:8080")
        #expect(head.minorVersion == 1)
        #expect(head.framing == .length(12))
        #expect(head.keepsAlive && head.expectsContinue && head.wantsUpgrade)
        #expect(head.fieldCount == 6)
        #expect(head.headLength == Self.whole.count - 5)
        #expect(parsed.fields.map(\.known) == [.host, .contentLength, .other, .connection, .upgrade, .expect])
        #expect(
            parsed.fields.map { text($0.value, of: Self.whole) } == [
                "api:8080", "12", "", "keep-alive, Upgrade", "websocket", "100-Continue",
            ])
    }

    @Test func isTheSameHoweverItIsCut() {
        let parsed = parseRequest(Self.whole)
        for cut in 0...Self.whole.count {
            #expect(parse(Self.whole, cutAt: cut) { parseRequest($0, scannedBefore: $1) } == parsed)
        }
    }
}
