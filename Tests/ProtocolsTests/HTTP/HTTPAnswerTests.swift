import Protocols
import Testing

@Suite struct HTTPAnswerTests {
    private func written(
        _ status: UInt16, retryAfter: UInt32? = nil, type: String = "", extra: String = "", body: String = "",
        answersHead: Bool = false, closes: Bool = true, room: Int = 1024
    ) -> String? {
        var out = [UInt8](repeating: 0, count: room)
        let length = bytes(type).withUnsafeBytes { type in
            bytes(extra).withUnsafeBytes { extra in
                bytes(body).withUnsafeBytes { body in
                    out.withUnsafeMutableBytes {
                        HTTPAnswer(
                            status: status, retryAfterSeconds: retryAfter, contentType: type, extraFields: extra,
                            body: body, answersHead: answersHead, closes: closes
                        ).write(into: $0)
                    }
                }
            }
        }
        return length.map { String(decoding: out.prefix($0), as: UTF8.self) }
    }

    @Test func answerIsWhole() {
        #expect(
            written(503, retryAfter: 15, type: "text/plain", extra: "X-A: b\r\n", body: "later\n")
                == "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 15\r\nContent-Type: text/plain\r\nX-A: b\r\n"
                + "Content-Length: 6\r\nConnection: close\r\n\r\nlater\n")
    }

    @Test func headIsToldTheLengthOnly() {
        #expect(
            written(404, body: "none", answersHead: true, closes: false)
                == "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\n")
    }

    @Test func statusWithoutContentHasNoLength() {
        #expect(written(204, body: "x", closes: false) == "HTTP/1.1 204 No Content\r\n\r\n")
        #expect(written(100, closes: false) == "HTTP/1.1 100 Continue\r\n\r\n")
    }

    @Test func answerThatDoesNotFitIsNone() {
        #expect(written(503, body: "later", room: 76) == nil)
        #expect(written(503, body: "later", room: 100) != nil)
    }

    @Test(arguments: HTTPRefusal.allCases)
    func everyRefusalCanBeTold(_ refusal: HTTPRefusal) {
        #expect(!HTTPStatus.reason(refusal.status).description.isEmpty)
        #expect(!refusal.reason.description.isEmpty)
    }
}
