import Testing

@testable import Probing

@Suite struct BoltConversationTests {
    private func message(_ value: PackStream) -> [UInt8] {
        UInt16(value.encoded.count).networkBytes + value.encoded + [0, 0]
    }

    private func success() -> [UInt8] {
        message(.structure(tag: 0x70, fields: [.dictionary([("server", .string("Neo4j/5.26.0"))])]))
    }

    private func failure(_ code: String, _ text: String, key: String = "code") -> [UInt8] {
        let fields = PackStream.dictionary([(key, .string(code)), ("message", .string(text))])
        return message(.structure(tag: 0x7F, fields: [fields]))
    }

    /// The tag and fields of the one message in `bytes`.
    private func request(_ bytes: [UInt8]) throws -> (tag: UInt8, details: PackStream?) {
        let body = Array(bytes.dropFirst(2).dropLast(2))
        guard case .structure(let tag, let fields) = try #require(PackStream.decode(body)) else {
            throw ProtocolViolation("no structure")
        }
        return (tag, fields.first)
    }

    @Test func offersFourRangesOfVersions() {
        var talk = BoltConversation(user: nil, password: nil)
        let versions: [UInt8] = [0, 8, 8, 5, 0, 2, 4, 4, 0, 0, 1, 4, 0, 0, 0, 3]
        #expect(talk.connected() == .say([0x60, 0x60, 0xB0, 0x17] + versions))
    }

    @Test(
        arguments: [[0, 0, 4, 5], [0, 0, 8, 5], [0, 0, 0, 5], [0, 0, 4, 4], [0, 0, 1, 4], [0, 0, 0, 3]] as [[UInt8]])
    func anAgreedVersionIsWell(answer: [UInt8]) {
        var talk = BoltConversation(user: nil, password: nil)
        _ = talk.connected()
        #expect(talk.received(Array(answer.prefix(3))) == .wait)
        #expect(talk.received(Array(answer.suffix(1))) == .pass())
    }

    @Test func noCommonVersionFails() {
        var talk = BoltConversation(user: nil, password: nil)
        _ = talk.connected()
        #expect(talk.received([0, 0, 0, 0]) == .fail("no Bolt version in common"))
    }

    @Test func saysWhoAnsweredInstead() {
        for (answer, expected) in [("HTTP", "answered \"HTTP\""), ("\0\0\u{9}\u{5}", "answered bytes 00 00 09 05")] {
            var talk = BoltConversation(user: nil, password: nil)
            _ = talk.connected()
            #expect(talk.received(Array(answer.utf8)) == .fail("not speaking Bolt (\(expected))"))
        }
    }

    @Test func logsOnSinceVersion51() throws {
        var talk = BoltConversation(user: "neo4j", password: "secret")
        _ = talk.connected()
        let hello = try request(talk.received([0, 0, 4, 5]).send)
        #expect(hello.tag == 0x01)
        #expect(hello.details?["credentials"] == nil)
        #expect(hello.details?["bolt_agent"]?["product"]?.text == "hale/1.0")
        let logon = try request(talk.received([0, 0] + success()).send)
        #expect(logon.tag == 0x6A)
        #expect(logon.details?["scheme"]?.text == "basic")
        #expect(logon.details?["principal"]?.text == "neo4j")
        #expect(logon.details?["credentials"]?.text == "secret")
        #expect(talk.received(success()) == .pass(farewell: [0, 2, 0xB0, 0x02, 0, 0]))
    }

    /// What ArcadeDB 26.10 said, byte for byte.
    @Test func understandsARecordedServer() {
        let hello =
            "004cb170a286736572766572d02a4e656f346a2f352e32362e3020636f6d70617469626c6520284172636164"
            + "6544422032362e31302e32298d636f6e6e656374696f6e5f696487626f6c742d34390000"
        let refusal =
            "004eb17fa284636f6465d0254e656f2e436c69656e744572726f722e53656375726974792e556e617574686f"
            + "72697a6564876d657373616765d01541757468656e7469636174696f6e206661696c65640000"
        for (answer, expected) in [("0003b170a00000", Verdict.passed), (refusal, .failed("password rejected"))] {
            var talk = BoltConversation(user: "root", password: "x")
            _ = talk.connected()
            #expect(talk.received(bytes("00000405")).verdict == nil)
            #expect(talk.received(bytes(hello)).verdict == nil)
            #expect(talk.received(bytes(answer)).verdict == expected)
        }
    }

    private func bytes(_ digits: String) -> [UInt8] {
        var rest = digits[...]
        var bytes: [UInt8] = []
        while let byte = UInt8(rest.prefix(2), radix: 16) {
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    @Test func carriesTheCredentialsInHelloBefore51() throws {
        var talk = BoltConversation(user: "neo4j", password: "secret")
        _ = talk.connected()
        let hello = try request(talk.received([0, 0, 4, 4]).send)
        #expect(hello.details?["credentials"]?.text == "secret")
        #expect(talk.received(success()).verdict == .passed)
    }

    @Test(arguments: [
        ("Neo.ClientError.Security.Unauthorized", "x", "password rejected"),
        ("Neo.ClientError.Security.AuthenticationRateLimit", "x", "too many wrong passwords, the server makes us wait"),
        ("Neo.TransientError.General.X", "busy", "busy (Neo.TransientError.General.X)"),
    ])
    func saysWhyTheUserIsRefused(code: String, text: String, expected: String) {
        for key in ["code", "neo4j_code"] {
            var talk = BoltConversation(user: "neo4j", password: "wrong")
            _ = talk.connected()
            _ = talk.received([0, 0, 4, 5] + success())
            #expect(talk.received(failure(code, text, key: key)) == .fail(expected))
        }
    }

    @Test func joinsChunks() {
        var talk = BoltConversation(user: "neo4j", password: "x")
        _ = talk.connected()
        _ = talk.received([0, 0, 4, 4])
        #expect(talk.received([0, 1, 0xB1, 0, 1, 0x70]) == .wait)
        #expect(talk.received([0, 1, 0xA0, 0, 0]).verdict == .passed)
    }

    @Test func refusesMalformedMessages() {
        for answer in [[0, 1, 0xB1, 0, 0], [0, 2, 0x01, 0x02, 0, 0], [0, 2, 0xB0, 0x55, 0, 0]] as [[UInt8]] {
            var talk = BoltConversation(user: "neo4j", password: "x")
            _ = talk.connected()
            _ = talk.received([0, 0, 4, 5])
            guard case .failed(let reason) = talk.received(answer).verdict else {
                Issue.record("accepted \(answer)")
                continue
            }
            #expect(reason.hasPrefix("not speaking Bolt ("))
        }
    }

    @Test(
        arguments: [
            .null, .boolean(true), .boolean(false), .integer(0), .integer(-16), .integer(-17), .integer(127),
            .integer(128),
            .integer(-129), .integer(40_000), .integer(3_000_000_000), .integer(.min), .float(1.5), .bytes([1, 2]),
            .string("x"), .string(String(repeating: "y", count: 300)), .string(String(repeating: "z", count: 70_000)),
            .list([.integer(1), .list([])]), .dictionary([("a", .null)]), .structure(tag: 1, fields: [.string("f")]),
        ] as [PackStream])
    func packStreamReadsWhatItWrites(value: PackStream) {
        #expect(PackStream.decode(value.encoded) == value)
    }

    @Test func packStreamRefusesLiesAndDepth() {
        #expect(PackStream.decode([0xD6, 0xFF, 0xFF, 0xFF, 0xFF]) == nil)
        #expect(PackStream.decode([0xD2, 0x7F, 0xFF, 0xFF, 0xFF, 0x41]) == nil)
        #expect(PackStream.decode([UInt8](repeating: 0x91, count: 60_000)) == nil)
        #expect(PackStream.decode([]) == nil)
        #expect(PackStream.decode([0xC0, 0xC0]) == nil)
    }
}
