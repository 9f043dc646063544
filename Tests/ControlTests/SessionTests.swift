import Stack
import Testing

@testable import Control

struct SessionTests {
    private static let page = "X-Requested-With: test"

    private func open(_ running: RunningServer, _ token: String) throws -> String {
        let body = #"{"token":"\#(token)"}"#
        return try running.ask(
            "POST", "/v1/session/open",
            headers: ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"], body: body)
    }

    /// The `Cookie` header that a browser sends after that answer.
    private func cookie(_ answer: String) throws -> String {
        let line = try #require(answer.split(separator: "\r\n").first { $0.hasPrefix("Set-Cookie: ") })
        return "Cookie: " + line.dropFirst("Set-Cookie: ".count).prefix { $0 != ";" }
    }

    private func stop(_ running: RunningServer, _ headers: [String]) throws -> String {
        String(try running.ask("POST", "/v1/services/redis/stop", headers: ["Content-Length: 0"] + headers).prefix(12))
    }

    @Test func aSessionActsInTheNameOfItsToken() throws {
        let running = try RunningServer()
        let token = try running.tokens.create("night", lifetime: nil)
        let answer = try open(running, token)
        #expect(answer.contains("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200"))
        #expect(answer.contains(#""actor":"token night""#))
        #expect(!answer.contains(token))
        let cookie = try cookie(answer)
        #expect(cookie.hasPrefix("Cookie: hale_session_shop="))
        #expect(try stop(running, [cookie, Self.page]) == "HTTP/1.1 202")
        #expect(running.backend.actors == ["token night"])
        #expect(try running.ask("GET", "/v1/session", headers: [cookie]).contains(#""may_act":true"#))
    }

    @Test func theCookieAloneOpensNothing() throws {
        let running = try RunningServer()
        let cookie = try cookie(try open(running, try running.tokens.create("night", lifetime: nil)))
        #expect(try stop(running, [cookie]) == "HTTP/1.1 401")
        #expect(try stop(running, [cookie, Self.page, "Origin: http://localhost:1"]) == "HTTP/1.1 403")
        #expect(try stop(running, [cookie, Self.page, "Authorization: Bearer x"]) == "HTTP/1.1 401")
        #expect(running.backend.commands.isEmpty)
    }

    @Test func itEndsWithItsToken() throws {
        let running = try RunningServer()
        let cookie = try cookie(try open(running, try running.tokens.create("night", lifetime: nil)))
        try running.tokens.revoke("night")
        #expect(try stop(running, [cookie, Self.page]) == "HTTP/1.1 401")
        // Another token of the same name is another token.
        _ = try running.tokens.create("night", lifetime: nil)
        #expect(try stop(running, [cookie, Self.page]) == "HTTP/1.1 401")
        #expect(try running.ask("GET", "/v1/session", headers: [cookie]).contains(#"{"may_act":false}"#))
    }

    @Test func signingOutEndsItAtOnce() throws {
        let running = try RunningServer()
        let cookie = try cookie(try open(running, try running.tokens.create("night", lifetime: nil)))
        let answer = try running.ask("POST", "/v1/session/close", headers: ["Content-Length: 0", cookie])
        #expect(answer.contains("hale_session_shop=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"))
        #expect(try stop(running, [cookie, Self.page]) == "HTTP/1.1 401")
    }

    @Test func whatIsNoTokenOpensNone() throws {
        let running = try RunningServer()
        for token in ["", "x", "hale_" + String(repeating: "0", count: 64), String(repeating: "x", count: 5000)] {
            let answer = try open(running, token)
            #expect(answer.hasPrefix("HTTP/1.1 401 "))
            #expect(!answer.contains("Set-Cookie"))
        }
        let empty = try running.ask(
            "POST", "/v1/session/open", headers: ["Content-Type: application/json", "Content-Length: 2"], body: "{}")
        #expect(empty.hasPrefix("HTTP/1.1 400 "))
    }

    @Test func wrongTokensWaitTheirTurnHereToo() throws {
        let router = Router(backend: FakeBackend(), tokens: TokenGuard(TokenFile(path: "/nonexistent")))
        let head = RequestHead(method: "POST", path: "/v1/session/open", transport: .unix)
        let statuses = (0..<24).map { _ in router.openSession(head, Array(#"{"token":"x"}"#.utf8)).status }
        #expect(Set(statuses) == [401])
        guard case .unknown? = router.tokens?.signIn("x") else { return #expect(Bool(false)) }
    }

    @Test func whoReachesTheUnixSocketMayAct() {
        let head = RequestHead(method: "GET", path: "/v1/session", transport: .unix, peer: "root")
        #expect(Router(backend: FakeBackend()).session(head) == SessionStatus(actor: "root"))
    }

    @Test(arguments: [
        ("localhost:9", "http://localhost:9", true), ("localhost:9", "http://localhost:8", false),
        ("evil.example", "http://evil.example", false), ("localhost:9", "null", false),
    ])
    func aForwardedUnixSocketIsNoWayInForOtherPages(host: String, origin: String, isLetIn: Bool) {
        var head = RequestHead(
            method: "POST", path: "/v1/services/redis/stop",
            headers: [.init(name: "Host", value: host), .init(name: "Origin", value: origin)], transport: .unix)
        #expect((Router(backend: FakeBackend()).admit(&head) == nil) == isLetIn)
    }

    // MARK: The book

    @Test func sessionsEndByThemselves() {
        var book = SessionBook()
        let start = Instant(nanoseconds: 1_000)
        let session = book.open("a", for: "night", token: "t", at: start)
        #expect(book.session("a", at: start) == session)
        #expect(book.session("a", at: start + (SessionBook.lifetime - .nanoseconds(1))) == session)
        #expect(book.session("a", at: start + SessionBook.lifetime) == nil)
        #expect(book.session("b", at: start) == nil)
    }

    @Test func thereIsRoomForSoManyAndTheOldestMakesWay() {
        var book = SessionBook()
        for number in 0...SessionBook.most {
            _ = book.open("\(number)", for: "night", token: "t", at: Instant(nanoseconds: Int64(number)))
        }
        let now = Instant(nanoseconds: 1_000)
        #expect(book.session("0", at: now) == nil)
        #expect(book.session("1", at: now) != nil)
        #expect(book.session("\(SessionBook.most)", at: now) != nil)
    }

    // MARK: The cookie

    @Test(arguments: [
        (["hale_session_shop=a"], "a"), (["x=1; hale_session_shop=a;y=2"], "a"), (["x=1", "hale_session_shop=a"], "a"),
        (["hale_session_shop=a; hale_session_shop=b"], nil), (["hale_session_shops=a"], nil), ([], nil),
        (["hale_session_shop=" + String(repeating: "a", count: 201)], nil),
    ])
    func theIdIsFoundInTheCookies(headers: [String], id: String?) {
        #expect(SessionCookie(stack: "shop").id(in: headers) == id)
    }

    @Test func theNameOfACookieIsPlain() {
        #expect(SessionCookie(stack: "a=b;ä c-1").name == "hale_session_abc-1")
    }
}
