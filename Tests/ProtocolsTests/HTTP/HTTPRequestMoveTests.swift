import Testing

@testable import Protocols

@Suite struct HTTPRequestMoveTests {
    private static func moved(_ request: String, prefix: String = "/p", room: Int = 1_024) -> String? {
        var room = [UInt8](repeating: 0, count: room)
        let length = Array(request.utf8).withUnsafeBytes { request in
            Array(prefix.utf8).withUnsafeBytes { prefix in
                Array("out:81".utf8).withUnsafeBytes { host in
                    room.withUnsafeMutableBytes {
                        HTTPRequestMove.write(request, prefix: prefix, host: host, into: $0)
                    }
                }
            }
        }
        return length.map { String(decoding: room[..<$0], as: UTF8.self) }
    }

    @Test func pathAndHostAreThoseOfTheOther() {
        #expect(
            Self.moved(
                "POST /a?b=/c HTTP/1.1\r\nHost: web\r\nX-Host: web\r\nContent-Length: 13\r\n\r\nHost: a\r\n\r\nGE")
                == "POST /p/a?b=/c HTTP/1.1\r\nHost: out:81\r\nHale-Fallback: url\r\nX-Host: web\r\n"
                + "Content-Length: 13\r\n\r\nHost: a\r\n\r\nGE")
        #expect(
            Self.moved("GET / HTTP/1.0\r\n\r\n", prefix: "")
                == "GET / HTTP/1.0\r\nHost: out:81\r\nHale-Fallback: url\r\n\r\n")
    }

    @Test(arguments: ["OPTIONS * HTTP/1.1\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n", "GET ", ""])
    func whatHasNoPathIsNotMoved(request: String) {
        #expect(Self.moved(request) == nil)
    }

    @Test func whatDoesNotFitIsNotWritten() {
        #expect(Self.moved("GET / HTTP/1.1\r\n\r\n", room: 52) == nil)
        #expect(Self.moved("GET / HTTP/1.1\r\n\r\n", room: 54) != nil)
    }
}
