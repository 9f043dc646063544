import Testing

@testable import Probing

@Suite struct RedisConversationTests {
    private func talk(user: String? = nil, password: String? = nil, writable: Bool = false) -> RedisConversation {
        RedisConversation(user: user, password: password, writable: writable)
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private let ping = Array("*1\r\n$4\r\nPING\r\n".utf8)
    private let write = Array("*4\r\n$8\r\nSETRANGE\r\n$13\r\nhale:writable\r\n$1\r\n0\r\n$0\r\n\r\n".utf8)

    @Test func pings() {
        var talk = talk()
        #expect(talk.connected() == .say(ping))
        #expect(talk.received(bytes("+PO")) == .wait)
        #expect(talk.received(bytes("NG\r\n")) == .pass())
    }

    @Test func authenticatesFirst() {
        var byPassword = talk(password: "p")
        #expect(byPassword.connected() == .say(bytes("*2\r\n$4\r\nAUTH\r\n$1\r\np\r\n")))
        #expect(byPassword.received(bytes("+OK\r\n")) == .say(ping))
        var byUser = talk(user: "u", password: "p")
        #expect(byUser.connected() == .say(bytes("*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$1\r\np\r\n")))
    }

    @Test func authenticatesAUserWithoutAPassword() {
        var talk = talk(user: "u")
        #expect(talk.connected() == .say(bytes("*3\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$0\r\n\r\n")))
    }

    @Test(arguments: [
        ("-NOAUTH Authentication required.", "password required"),
        ("-MASTERDOWN Link with MASTER is down.", "replica without its master (Link with MASTER is down.)"),
        ("-MISCONF Redis cannot save.", "takes no writes (Redis cannot save.)"),
        ("-BUSY Redis is busy running a script.", "busy running a script"),
        ("-ERR max number of clients reached", "ERR max number of clients reached"),
    ])
    func saysWhyPingIsRefused(reply: String, expected: String) {
        var talk = talk()
        _ = talk.connected()
        #expect(talk.received(bytes(reply + "\r\n")) == .fail(expected))
    }

    @Test(arguments: [
        ("-WRONGPASS invalid username-password pair or user is disabled.", "password rejected"),
        ("-ERR invalid password", "password rejected"),
        ("-ERR unknown command 'AUTH', with args beginning with: 'p'", "AUTH refused (ERR)"),
        (
            "-ERR Client sent AUTH, but no password is set",
            "a password is given but the server has none"
        ),
    ])
    func saysWhyThePasswordIsRefused(reply: String, expected: String) {
        var talk = talk(password: "p")
        _ = talk.connected()
        #expect(talk.received(bytes(reply + "\r\n")) == .fail(expected))
    }

    @Test func tellsHowFarLoadingIs() {
        var talk = talk()
        _ = talk.connected()
        let asked = talk.received(bytes("-LOADING Redis is loading the dataset in memory\r\n"))
        #expect(asked == .say(bytes("*2\r\n$4\r\nINFO\r\n$11\r\npersistence\r\n")))
        let information = "# Persistence\r\nloading:1\r\nloading_loaded_perc:42.61\r\n"
        let reply = bytes("$\(information.utf8.count)\r\n\(information)\r\n")
        #expect(talk.received(Array(reply.prefix(20))) == .wait)
        #expect(talk.received(Array(reply.dropFirst(20))) == .fail("loading 43 %"))
    }

    @Test(arguments: ["$-1\r\n", "$0\r\n\r\n", "-ERR x\r\n", "$24\r\nloading_loaded_perc:-nan\r\n", ":1\r\n"])
    func loadingWithoutANumberIsStillLoading(reply: String) {
        var talk = talk()
        _ = talk.connected()
        _ = talk.received(bytes("-LOADING x\r\n"))
        #expect(talk.received(bytes(reply)) == .fail("loading"))
    }

    @Test(arguments: [
        ("-READONLY You can't write against a read only replica.", "read only: a replica takes no writes"),
        ("-OOM command not allowed", "takes no writes: out of memory under maxmemory"),
        ("-NOREPLICAS Not enough good replicas to write.", "takes no writes: not enough good replicas"),
        ("-NOPERM no permissions", "permission denied (no permissions)"),
    ])
    func saysWhyAWriteIsRefused(reply: String, expected: String) {
        var talk = talk(writable: true)
        _ = talk.connected()
        #expect(talk.received(bytes("+PONG\r\n")) == .say(write))
        #expect(talk.received(bytes(reply + "\r\n")) == .fail(expected))
    }

    @Test(arguments: [":0\r\n", "-MOVED 1234 127.0.0.1:7001\r\n"])
    func anEmptyWriteThatIsTakenIsWell(reply: String) {
        var talk = talk(writable: true)
        _ = talk.connected()
        _ = talk.received(bytes("+PONG\r\n"))
        #expect(talk.received(bytes(reply)) == .pass())
    }

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\r\n", "\0\0\0", "$99999999999999999999\r\n", "$-2\r\n", "$100000000\r\n", ":x\r\n",
        "+PONG\n", "\n", "*3\r\n", "+" + String(repeating: "a", count: 5000),
    ])
    func saysThatItIsNoRedis(answer: String) {
        var talk = talk()
        _ = talk.connected()
        guard case .failed(let reason) = talk.received(bytes(answer)).verdict else {
            Issue.record("no failure")
            return
        }
        #expect(reason.hasPrefix("not speaking Redis ("))
    }

    @Test func aClosedConnectionSaysWhen() {
        var talk = talk()
        _ = talk.connected()
        #expect(talk.closed() == .failed("connection closed before PING was answered"))
    }
}
