import Protocols
import Testing

@Suite struct HTTPRequestHeadTests {
    static let whole = bytes(
        "POST /a/b?c=d HTTP/1.1\r\nHost: api:8080\r\ncontent-LENGTH:\t12 \r\nX-Other:\r\n"
            + "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nExpect: 100-Continue\r\n\r\nhello")

    private func head(_ text: String, limits: HTTPLimits = HTTPLimits()) -> HTTPRequestHead? {
        guard case .head(let head) = parseRequest(bytes(text), limits: limits).verdict else { return nil }
        return head
    }

    /// What is made of a GET with these field lines besides Host.
    private func get(_ fields: String, version: String = "1.1") -> HTTPRequestHead? {
        head("GET / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n")
    }

    @Test func readsAWholeHead() throws {
        let parsed = parseRequest(Self.whole)
        guard case .head(let head) = parsed.verdict else {
            Issue.record("\(parsed.verdict)")
            return
        }
        #expect(head.method == .post)
        #expect(text(head.methodName, of: Self.whole) == "POST")
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

    @Test func targetIsTakenApart() {
        let parts = [
            "OPTIONS * HTTP/1.1", "GET http://a/b?c HTTP/1.1", "GET http://A HTTP/1.1", "CONNECT a:1 HTTP/1.1",
        ]
        .map { line in
            let message = line + "\r\nHost: \(line.contains(":1") ? "a:1" : "a")\r\n\r\n"
            return head(message).map {
                ($0.form, text($0.path, of: bytes(message)), text($0.authority, of: bytes(message)))
            }
        }
        #expect(parts.map { $0?.0 } == [.asterisk, .absolute, .absolute, .authority])
        #expect(parts.map { $0?.1 } == ["*", "/b?c", "", ""])
        #expect(parts.map { $0?.2 } == ["a", "a", "A", "a:1"])
    }

    @Test func connectionOutlivesTheRequestAsItsVersionHasIt() {
        #expect(get("")?.keepsAlive == true)
        #expect(get("Connection: CLOSE\r\n")?.keepsAlive == false)
        #expect(get("Connection: a\r\nConnection: b , close\r\n")?.keepsAlive == false)
        #expect(get("", version: "1.0")?.keepsAlive == false)
        #expect(get("Connection: Keep-Alive\r\n", version: "1.0")?.keepsAlive == true)
        #expect(get("Connection: keep-alive, close\r\n", version: "1.0")?.keepsAlive == false)
    }

    @Test func upgradeNeedsBothFieldsAndIsNeverToHTTP2() {
        #expect(get("Connection: upgrade\r\nUpgrade: websocket\r\n")?.wantsUpgrade == true)
        #expect(get("Upgrade: websocket\r\n")?.wantsUpgrade == false)
        #expect(get("Connection: upgrade\r\n")?.wantsUpgrade == false)
        #expect(get("Connection: upgrade\r\nUpgrade: websocket\r\n", version: "1.0")?.wantsUpgrade == false)
        for http2 in ["h2c", "H2C", "websocket, h2c", "h2"] {
            #expect(get("Connection: upgrade\r\nUpgrade: \(http2)\r\n")?.wantsUpgrade == false)
        }
        #expect(get("Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n")?.wantsUpgrade == false)
    }

    @Test func expectationIsThatOfHTTP11() {
        #expect(get("Expect: 100-continue\r\n")?.expectsContinue == true)
        #expect(get("Expect: 100-continue\r\n", version: "1.0")?.expectsContinue == false)
        #expect(get("Expect: 200-ok\r\n")?.expectsContinue == false)
    }

    @Test func methodsAreToldApart() {
        for method in HTTPMethod.allCases {
            let name = method == .other ? "PURGE" : "\(method)".uppercased()
            let found = head("\(name) \(method == .connect ? "a:1" : "/") HTTP/1.0\r\n\r\n")
            #expect(found?.method == method)
        }
        #expect(head("GEX / HTTP/1.0\r\n\r\n")?.method == .other)
        #expect(HTTPMethod.allCases.filter(\.isSafe) == [.get, .head, .options, .trace])
    }

    @Test func everyKnownFieldIsFoundInAnyCase() {
        let values: [HTTPKnownField: String] = [.host: "a", .contentLength: "1", .transferEncoding: "chunked"]
        for field in HTTPKnownField.allCases where field != .other && field != .disguised {
            let name = field.lowercasedName.description
            for name in [name, name.uppercased()] {
                let message = bytes(
                    "GET / HTTP/1.1\r\n\(field == .host ? "" : "Host: a\r\n")\(name): \(values[field] ?? "b")\r\n\r\n")
                #expect(parseRequest(message).fields.last?.known == field)
            }
            let near = bytes("GET / HTTP/1.1\r\nHost: a\r\n\(name.dropLast())~: b\r\n\r\n")
            #expect(parseRequest(near).fields.last?.known == .other)
        }
        let disguised = bytes("GET / HTTP/1.1\r\nHost: a\r\nX_Forwarded-For: b\r\n\r\n")
        #expect(parseRequest(disguised).fields.last?.known == .disguised)
    }

    /// RFC 9110 §5.6.2 and §5.5, for all bytes there are.
    @Test func bytesOfNamesAndValuesAreThoseOfTheGrammar() {
        let marks = Set("!#$%&'*+-.^_`|~".utf8)
        for byte in UInt8.min...UInt8.max {
            let scalar = UnicodeScalar(byte)
            let isAlphanumeric = byte < 0x80 && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            let start = bytes("GET / HTTP/1.1\r\nHost: a\r\n")
            if byte != 0x20, byte != 0x09, byte != 0x0d, byte != 0x0a, byte != UInt8(ascii: ":") {
                let name = parseRequest(start + [0x41, byte, 0x42] + bytes(": c\r\n\r\n"))
                #expect((name.fields.count == 2) == (isAlphanumeric || marks.contains(byte)), "\(byte) in a name")
            }
            let value = parseRequest(start + bytes("A: 12345") + [byte] + bytes("67890123\r\n\r\n"))
            #expect((value.fields.count == 2) == (byte >= 0x20 && byte != 0x7f || byte == 0x09), "\(byte) in a value")
        }
    }
}
