import Testing

@testable import Control

struct DashboardTests {
    private func respond(
        _ method: String, _ path: String, headers: [(String, String)] = [],
        over transport: RequestHead.Transport = .tcp(localAddress: "127.0.0.1")
    ) -> Response {
        let given = [("Host", "localhost")] + headers
        var head = RequestHead(
            method: method, path: path, headers: given.map { .init(name: $0.0, value: $0.1) }, transport: transport)
        let router = Router(backend: FakeBackend())
        return router.admit(&head) ?? router.answer(head, body: [])
    }

    @Test func thePageIsServedOnBothSockets() {
        for transport in [RequestHead.Transport.unix, .tcp(localAddress: "127.0.0.1")] {
            let page = respond("GET", "/", over: transport)
            #expect(page.status == 200)
            #expect(page.contentType == "text/html; charset=utf-8")
            #expect(String(decoding: page.body, as: UTF8.self).hasPrefix("<!doctype html>"))
        }
    }

    @Test func everyFileHasAPolicyATagAndAType() {
        #expect(DashboardFile.all.count > 20)
        for path in DashboardFile.all.keys {
            let file = respond("GET", path)
            #expect(file.headers["Content-Security-Policy"]?.hasPrefix("default-src 'none'; script-src 'self'") == true)
            #expect(file.headers["Cache-Control"] == "no-cache")
            #expect(file.headers["ETag"]?.count == 34)
            #expect(file.contentType.hasSuffix("; charset=utf-8"))
            #expect(!file.body.isEmpty)
        }
        #expect(Set(DashboardFile.all.values.map(\.tag)).count == DashboardFile.all.count)
    }

    @Test func whoHasAFileIsNotSentItAgain() throws {
        let tag = try #require(respond("GET", "/").headers["ETag"])
        let again = respond("GET", "/", headers: [("If-None-Match", tag)])
        #expect(again.status == 304)
        #expect(again.body.isEmpty)
        #expect(again.headers["ETag"] == tag)
        #expect(respond("GET", "/", headers: [("If-None-Match", "\"another\"")]).status == 200)
    }

    @Test func filesAreOnlyRead() {
        let refused = respond("POST", "/")
        #expect(refused.status == 405)
        #expect(refused.headers["Allow"] == "GET, HEAD")
        #expect(respond("GET", "/assets/../api.sock").status == 404)
        #expect(respond("GET", "/", headers: [("Host", "evil.example")]).status == 421)
    }

    @Test func allOfItIsSmall() {
        #expect(DashboardFile.all.values.reduce(0) { $0 + $1.bytes.count } < 300_000)
    }
}
