import Testing

@testable import Probing

@Suite struct PostgresConversationTests {
    private func message(_ kind: Character, _ body: [UInt8]) -> [UInt8] {
        Array(String(kind).utf8) + UInt32(body.count + 4).networkBytes + body
    }

    private func authentication(_ request: UInt32, _ data: [UInt8] = []) -> [UInt8] {
        message("R", request.networkBytes + data)
    }

    private func error(_ code: String, _ text: String) -> [UInt8] {
        message("E", Array("SFATAL\0C\(code)\0M\(text)\0\0".utf8))
    }

    private func conversation(user: String? = nil, password: String? = nil) -> PostgresConversation {
        PostgresConversation(user: user, password: password, database: nil, nonce: "abc")
    }

    private var ready: [UInt8] { message("Z", Array("I".utf8)) }
    private var terminate: [UInt8] { [0x58, 0, 0, 0, 4] }

    @Test func startsWithAStartupPacket() {
        var talk = PostgresConversation(user: "app", password: nil, database: "shop", nonce: "abc")
        let parameters = Array("user\0app\0database\0shop\0application_name\0hale\0\0".utf8)
        let length = UInt32(parameters.count + 8).networkBytes
        #expect(talk.connected() == .say(length + [0, 3, 0, 0] + parameters))
    }

    @Test(arguments: [3, 5, 10] as [UInt32])
    func withoutAUserARequestToAuthenticateIsWell(request: UInt32) {
        var talk = conversation()
        _ = talk.connected()
        let data = request == 10 ? Array("SCRAM-SHA-256\0\0".utf8) : [1, 2, 3, 4]
        #expect(talk.received(authentication(request, data)) == .pass())
    }

    @Test(arguments: ["28000", "28P01", "3D000", "08P01"])
    func withoutAUserARefusalOfTheUserIsWell(code: String) {
        var talk = conversation()
        _ = talk.connected()
        #expect(talk.received(error(code, "role \"postgres\" does not exist")) == .pass())
    }

    @Test(arguments: [
        ("57P03", "the database system is starting up", "the database system is starting up"),
        ("53300", "sorry, too many clients already", "too many connections (sorry, too many clients already)"),
        ("53100", "could not write", "could not write (53100)"),
        ("XX000", "broken\nbadly", "broken badly (XX000)"),
    ])
    func anOutageFailsWithOrWithoutAUser(code: String, text: String, expected: String) {
        for user in [nil, "app"] {
            var talk = conversation(user: user, password: "x")
            _ = talk.connected()
            #expect(talk.received(error(code, text)) == .fail(expected))
        }
    }

    @Test func withoutAUserATrustedSessionEndsCleanly() {
        var talk = conversation()
        _ = talk.connected()
        #expect(talk.received(authentication(0)) == .wait)
        #expect(talk.received(message("S", Array("TimeZone\0UTC\0".utf8))) == .wait)
        #expect(talk.received(ready) == .pass(farewell: terminate))
    }

    @Test func selectsOneWithAUser() {
        var talk = conversation(user: "app", password: "pencil")
        _ = talk.connected()
        #expect(talk.received(authentication(3)) == .say(message("p", Array("pencil\0".utf8))))
        #expect(talk.received(authentication(0) + ready) == .say(message("Q", Array("SELECT 1\0".utf8))))
        #expect(talk.received(message("T", [0, 0])) == .wait)
        #expect(talk.received(message("D", [0, 1, 0, 0, 0, 1, 0x31])) == .wait)
        #expect(talk.received(message("C", Array("SELECT 1\0".utf8)) + ready) == .pass(farewell: terminate))
    }

    @Test func messagesMayArriveByteByByte() {
        var talk = conversation(user: "app", password: "pencil")
        _ = talk.connected()
        var last = Turn.wait
        for byte in authentication(0) + ready { last = talk.received([byte]) }
        #expect(last == .say(message("Q", Array("SELECT 1\0".utf8))))
    }

    @Test func hashesThePasswordWithMD5() {
        var talk = conversation(user: "app", password: "pencil")
        _ = talk.connected()
        // md5(md5("pencil" + "app") + salt), computed with md5sum.
        let expected = Array("md54bfca4ca571b8df74c2fc2247888d96f\0".utf8)
        #expect(talk.received(authentication(5, [1, 2, 3, 4])) == .say(message("p", expected)))
    }

    @Test func asksForThePasswordItDoesNotHave() {
        var talk = conversation(user: "app")
        _ = talk.connected()
        #expect(talk.received(authentication(3)) == .fail("password required"))
    }

    @Test func tellsARejectedPasswordAndAMissingDatabase() {
        var talk = conversation(user: "app", password: "x")
        _ = talk.connected()
        _ = talk.received(authentication(3))
        #expect(talk.received(error("28P01", "password authentication failed")) == .fail("password rejected"))

        talk = conversation(user: "app", password: "x")
        _ = talk.connected()
        let missing = error("3D000", "database \"app\" does not exist")
        #expect(talk.received(authentication(0) + missing) == .fail("database \"app\" does not exist (3D000)"))
    }

    @Test func provesItselfBySCRAMAndChecksTheServer() throws {
        var talk = conversation(user: "app", password: "pencil")
        _ = talk.connected()
        let first = talk.received(authentication(10, Array("SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0".utf8)))
        let initial = Array("SCRAM-SHA-256\0".utf8) + [0, 0, 0, 11] + Array("n,,n=,r=abc".utf8)
        #expect(first == .say(message("p", initial)))
        let salt = Array("salt".utf8)
        let serverFirst = "r=abcdef,s=\(Base64.encode(salt)),i=4096"
        let final = talk.received(authentication(11, Array(serverFirst.utf8)))
        #expect(final.verdict == nil && !final.send.isEmpty)

        let salted = try #require(Digest.stretch(password: Array("pencil".utf8), salt: salt, iterations: 4096))
        let serverKey = try #require(Digest.authenticate(Array("Server Key".utf8), key: salted))
        let exchange = "n=,r=abc,\(serverFirst),c=biws,r=abcdef"
        let signature = try #require(Digest.authenticate(Array(exchange.utf8), key: serverKey))
        var impostor = talk
        #expect(talk.received(authentication(12, Array("v=\(Base64.encode(signature))".utf8))) == .wait)
        #expect(talk.received(authentication(0) + ready) == .say(message("Q", Array("SELECT 1\0".utf8))))
        let lie = authentication(12, Array("v=\(Base64.encode(salt))".utf8))
        #expect(impostor.received(lie) == .fail("the server could not prove that it knows the password"))
    }

    @Test func aServerCannotSkipItsProof() {
        var talk = conversation(user: "app", password: "pencil")
        _ = talk.connected()
        _ = talk.received(authentication(10, Array("SCRAM-SHA-256\0\0".utf8)))
        #expect(
            talk.received(authentication(0)).verdict == .failed("not speaking PostgreSQL (authentication out of order)")
        )
    }

    @Test func saysWhoAnsweredInstead() {
        var talk = conversation()
        _ = talk.connected()
        let turn = talk.received(Array("HTTP/1.1 400 Bad Request\r\nServer: x".utf8))
        #expect(turn == .fail("not speaking PostgreSQL (answered \"HTTP/1.1 400 Bad Request\")"))
    }

    @Test func hugeLengthsAndEndlessNoticesEnd() {
        var talk = conversation()
        _ = talk.connected()
        #expect(talk.received([0x52, 0xFF, 0xFF, 0xFF, 0xFF]).verdict != nil)

        talk = conversation(user: "app", password: "x")
        _ = talk.connected()
        let notice = message("N", [UInt8](repeating: 0x41, count: 10_000))
        var verdict: Verdict?
        for _ in 0..<1000 where verdict == nil { verdict = talk.received(notice).verdict }
        #expect(verdict == .failed("not speaking PostgreSQL (endless answer)"))
    }

    @Test func aClosedConnectionSaysWhen() {
        var talk = conversation(user: "app", password: "x")
        _ = talk.connected()
        #expect(talk.closed() == .failed("connection closed without an answer"))
        talk = conversation(user: "app", password: "x")
        _ = talk.connected()
        _ = talk.received(authentication(0) + ready)
        #expect(talk.closed() == .failed("connection closed before SELECT 1 was answered"))
    }
}
