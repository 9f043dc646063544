import Protocols
import Testing

@Suite struct HTTPResponseHeadTests {
    private func head(
        _ text: String, to method: HTTPMethod = .get, upgradeRequested: Bool = false
    ) -> HTTPResponseHead? {
        guard
            case .head(let head) = parseResponse(bytes(text), to: method, upgradeRequested: upgradeRequested).verdict
        else { return nil }
        return head
    }

    @Test func readsAWholeHead() {
        let message = bytes("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nRetry-After: 5\r\n\r\nabc")
        let parsed = parseResponse(message)
        guard case .head(let head) = parsed.verdict else {
            Issue.record("\(parsed.verdict)")
            return
        }
        #expect(head.status == 404)
        #expect(text(head.reason, of: message) == "Not Found")
        #expect(head.minorVersion == 1)
        #expect(head.framing == .length(3))
        #expect(head.keepsAlive && !head.isInformational && !head.switchesProtocols)
        #expect(head.headLength == message.count - 3)
        #expect(parsed.fields.map(\.known) == [.contentLength, .retryAfter])
    }

    @Test func interimResponseIsToldFromASwitch() {
        #expect(head("HTTP/1.1 100 Continue\r\n\r\n")?.isInformational == true)
        #expect(head("HTTP/1.1 103 Early Hints\r\n\r\n")?.switchesProtocols == false)
        let switched = head("HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\n\r\n", upgradeRequested: true)
        #expect(switched?.switchesProtocols == true)
        #expect(switched?.isInformational == false)
        #expect(switched?.framing == HTTPFraming.none)
    }

    @Test func framingDependsOnTheRequest() {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(head(chunked)?.framing == .chunked)
        #expect(head(chunked, to: .head)?.framing == HTTPFraming.none)
        #expect(head("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", to: .head)?.framing == HTTPFraming.none)
        let tunnel = head("HTTP/1.1 200 OK\r\n\r\n", to: .connect)
        #expect(tunnel?.framing == HTTPFraming.none)
        #expect(tunnel?.switchesProtocols == true)
        #expect(head(chunked, to: .connect) == nil)
        #expect(head("HTTP/1.1 407 X\r\nContent-Length: 5\r\n\r\n", to: .connect)?.framing == .length(5))
    }

    @Test func chunksAreNotForAnOldClient() {
        var fields = [HTTPField](repeating: .none, count: 4)
        let verdict = bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").withUnsafeBytes { bytes in
            fields.withUnsafeMutableBufferPointer {
                HTTPHeadParser.parseResponse(
                    bytes, fields: $0, limits: HTTPLimits(), requestMethod: .get, upgradeRequested: false,
                    requestMinorVersion: 0)
            }
        }
        #expect(verdict == .refused(.transferEncodingInOldVersion))
    }

    @Test func connectionOutlivesTheResponseUnlessItEndsTheBody() {
        #expect(head("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?.keepsAlive == true)
        #expect(head("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?.keepsAlive == false)
        #expect(head("HTTP/1.1 200 OK\r\n\r\n")?.keepsAlive == false)
        #expect(head("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")?.keepsAlive == false)
        #expect(head("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n")?.keepsAlive == true)
    }
}
