import Protocols
import Testing

/// What a proxy with these settings makes of a request.
func forward(
    _ request: [UInt8], trusts: Bool = false, closes: Bool = false, client: String = "192.0.2.1",
    encrypted: Bool = false, requestID: String = "id-1", host: String = "fallback", room: Int = 4096
) -> [UInt8]? {
    let parsed = parseRequest(request)
    guard case .head(let head) = parsed.verdict else { return nil }
    var out = [UInt8](repeating: 0, count: room)
    let length = request.withUnsafeBytes { original in
        bytes(client).withUnsafeBytes { client in
            bytes(requestID).withUnsafeBytes { requestID in
                bytes(host).withUnsafeBytes { host in
                    parsed.fields.withUnsafeBufferPointer { fields in
                        out.withUnsafeMutableBytes {
                            HTTPHeadWriter.writeRequest(
                                head, fields: fields, original: original,
                                adding: HTTPHeadWriter.RequestAdditions(
                                    clientAddress: client, isEncrypted: encrypted, requestID: requestID, host: host,
                                    trustsForwarded: trusts, closes: closes),
                                into: $0)
                        }
                    }
                }
            }
        }
    }
    return length.map { Array(out.prefix($0)) }
}

/// What a proxy makes of an answer.
func giveBack(
    _ answer: [UInt8], to method: HTTPMethod = .get, upgradeRequested: Bool = false, minorVersion: UInt8 = 1,
    closes: Bool = false, requestID: String = "", room: Int = 4096
) -> [UInt8]? {
    let parsed = parseResponse(answer, to: method, upgradeRequested: upgradeRequested)
    guard case .head(let head) = parsed.verdict else { return nil }
    var out = [UInt8](repeating: 0, count: room)
    let length = answer.withUnsafeBytes { original in
        bytes(requestID).withUnsafeBytes { requestID in
            parsed.fields.withUnsafeBufferPointer { fields in
                out.withUnsafeMutableBytes {
                    HTTPHeadWriter.writeResponse(
                        head, fields: fields, original: original, requestMinorVersion: minorVersion, closes: closes,
                        requestID: requestID, into: $0)
                }
            }
        }
    }
    return length.map { Array(out.prefix($0)) }
}

@Suite struct HTTPHeadWriterTests {
    private func forwarded(_ text: String, trusts: Bool = false, closes: Bool = false, host: String = "") -> String? {
        forward(bytes(text), trusts: trusts, closes: closes, host: host).map { String(decoding: $0, as: UTF8.self) }
    }

    private func returned(
        _ text: String, to method: HTTPMethod = .get, upgradeRequested: Bool = false, minorVersion: UInt8 = 1,
        closes: Bool = false, requestID: String = ""
    ) -> String? {
        giveBack(
            bytes(text), to: method, upgradeRequested: upgradeRequested, minorVersion: minorVersion, closes: closes,
            requestID: requestID
        ).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func requestGetsWhatAProxyAdds() {
        #expect(
            forwarded("POST /a?b HTTP/1.1\r\nX-A:  1 \r\nhost: api:80\r\nContent-Length: 007\r\n\r\n")
                == "POST /a?b HTTP/1.1\r\nHost: api:80\r\nX-A: 1\r\nContent-Length: 7\r\n"
                + "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: api:80\r\n"
                + "X-Request-Id: id-1\r\n\r\n")
    }

    @Test func fieldsOfOneHopAreDropped() {
        #expect(
            forwarded(
                "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Hop\r\nKeep-Alive: 5\r\nProxy-Connection: a\r\n"
                    + "X-Hop: 1\r\nx-hop: 2\r\nTE: gzip\r\nUpgrade: websocket\r\nX-Kept: 3\r\nX_Forwarded_For: 4\r\n\r\n"
            )
                == "GET / HTTP/1.1\r\nHost: a\r\nX-Kept: 3\r\nX-Forwarded-For: 192.0.2.1\r\n"
                + "X-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\nX-Request-Id: id-1\r\n\r\n")
    }

    @Test func fieldsForAllCannotBeNamedAway() {
        let text = forwarded(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Authorization, X-Request-Id, traceparent\r\n"
                + "Authorization: b\r\nX-Request-Id: c\r\ntraceparent: d\r\n\r\n")
        #expect(text?.contains("Authorization: b\r\nX-Request-Id: c\r\ntraceparent: d\r\n") == true)
        #expect(text?.contains("id-1") == false)
    }

    @Test func whatTheClientSaysOfOthersIsReplacedUnlessTrusted() {
        let request =
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1, 2\r\nX-Forwarded-For: 3\r\nX-Forwarded-Proto: https\r\n"
            + "X-Forwarded-Host: b\r\nForwarded: for=4\r\n\r\n"
        #expect(
            forwarded(request)
                == "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\n"
                + "X-Forwarded-Host: a\r\nX-Request-Id: id-1\r\n\r\n")
        #expect(
            forwarded(request, trusts: true)
                == "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\nForwarded: for=4\r\n"
                + "X-Forwarded-For: 1, 2, 3, 192.0.2.1\r\nX-Request-Id: id-1\r\n\r\n")
    }

    @Test func upgradeIsPassedOnButNotToHTTP2() {
        let webSocket = forwarded(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Key: b\r\n\r\n")
        #expect(webSocket?.contains("Sec-WebSocket-Key: b\r\n") == true)
        #expect(webSocket?.hasSuffix("Connection: upgrade\r\nUpgrade: websocket\r\n\r\n") == true)
        let http2 = forwarded(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: websocket, h2c\r\n"
                + "HTTP2-Settings: AA\r\n\r\n")
        #expect(http2?.contains("pgrade") == false)
        #expect(http2?.contains("HTTP2") == false)
    }

    @Test func trailersAreWantedForOneHopAfterAnother() {
        let text = forwarded("GET / HTTP/1.1\r\nHost: a\r\nTE: deflate;q=0.5, Trailers\r\n\r\n", closes: true)
        #expect(text?.hasSuffix("Connection: TE, close\r\nTE: trailers\r\n\r\n") == true)
    }

    @Test func targetIsWrittenInOriginForm() {
        #expect(
            forwarded("GET http://a/b?c HTTP/1.1\r\nHost: A\r\n\r\n")?.hasPrefix("GET /b?c HTTP/1.1\r\nHost: a\r\n")
                == true)
        #expect(forwarded("GET http://a?c HTTP/1.1\r\nHost: a\r\n\r\n")?.hasPrefix("GET /?c HTTP/1.1\r\n") == true)
        #expect(forwarded("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n")?.hasPrefix("GET / HTTP/1.1\r\n") == true)
        #expect(forwarded("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n")?.hasPrefix("OPTIONS * HTTP/1.1\r\n") == true)
        #expect(forwarded("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")?.hasPrefix("OPTIONS * HTTP/1.1\r\n") == true)
    }

    @Test func oldClientStaysOld() {
        #expect(
            forwarded("GET / HTTP/1.0\r\n\r\n", host: "b")
                == "GET / HTTP/1.0\r\nHost: b\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\n"
                + "X-Forwarded-Host: b\r\nX-Request-Id: id-1\r\nConnection: keep-alive\r\n\r\n")
        #expect(forwarded("GET / HTTP/1.0\r\n\r\n")?.contains("Host") == false)
    }

    @Test func whatDoesNotFitIsNotWritten() {
        let request = bytes("GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n")
        guard let whole = forward(request) else {
            Issue.record("not forwarded")
            return
        }
        #expect(forward(request, room: whole.count) == whole)
        for room in 0..<whole.count { #expect(forward(request, room: room) == nil) }
    }

    @Test func responseLosesWhatIsForOneHop() {
        #expect(
            returned(
                "HTTP/1.1 200 Fine\r\nConnection: X-Hop\r\nKeep-Alive: 5\r\nX-Hop: 1\r\nServer: s\r\n"
                    + "Content-Length: 05\r\n\r\n", requestID: "r")
                == "HTTP/1.1 200 Fine\r\nServer: s\r\nContent-Length: 5\r\nX-Request-Id: r\r\n\r\n")
        #expect(
            returned("HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\nX-Request-Id: q\r\n\r\n", requestID: "r")
                == "HTTP/1.1 200 OK\r\nX-Request-Id: q\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    @Test func responseTellsWhatBecomesOfTheConnection() {
        #expect(returned("HTTP/1.1 200 OK\r\n\r\n") == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        #expect(
            returned("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", minorVersion: 0)
                == "HTTP/1.1 200 \r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n")
        #expect(
            returned("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", closes: true)
                == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        #expect(returned("HTTP/1.1 100 Continue\r\n\r\n", closes: true) == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(
            returned(
                "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", upgradeRequested: true,
                requestID: "r")
                == "HTTP/1.1 101 X\r\nX-Request-Id: r\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
    }

    @Test func lengthOfABodyThatIsNotSentIsKept() {
        #expect(
            returned("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", to: .head)
                == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        #expect(
            returned("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", to: .head)
                == "HTTP/1.1 200 OK\r\n\r\n")
        #expect(
            returned("HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n") == "HTTP/1.1 204 X\r\n\r\n")
    }
}
