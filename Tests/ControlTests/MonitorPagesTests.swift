import Testing

@testable import Control

@Suite struct MonitorPagesTests {
    private let pages = MonitorPages(pages: ["/healthz": { .text(503, "ill") }, "/metrics": { .metrics([]) }])

    private func head(_ path: String, method: String = "GET", host: String, address: String) -> RequestHead {
        RequestHead(
            method: method, path: path, headers: [.init(name: "Host", value: host)],
            transport: .tcp(localAddress: address))
    }

    private func refusal(_ head: RequestHead) -> Int? {
        var head = head
        return pages.admit(&head)?.status
    }

    @Test func aPageSaysWhatItHasToSay() {
        let answer = pages.answer(head("/healthz", host: "localhost", address: "127.0.0.1"), body: [])
        #expect(answer.status == 503 && String(decoding: answer.body, as: UTF8.self) == "ill\n")
        let metrics = pages.answer(head("/metrics", host: "localhost", address: "127.0.0.1"), body: [])
        #expect(metrics.contentType == PrometheusText.contentType)
    }

    @Test func onlyTheLoopbackAddressInsistsOnItsNames() {
        #expect(refusal(head("/metrics", host: "evil.example", address: "127.0.0.1")) == 421)
        #expect(refusal(head("/metrics", host: "evil.example", address: "::1")) == 421)
        #expect(refusal(head("/metrics", host: "localhost:9100", address: "127.0.0.1")) == nil)
        #expect(refusal(head("/metrics", host: "hale:9100", address: "172.17.0.2")) == nil)
    }

    @Test func thereIsNothingElseAndNothingToChange() {
        #expect(refusal(head("/v1/services", host: "localhost", address: "127.0.0.1")) == 404)
        #expect(refusal(head("/metrics", method: "POST", host: "localhost", address: "127.0.0.1")) == 405)
        #expect(refusal(head("/metrics", method: "HEAD", host: "localhost", address: "127.0.0.1")) == nil)
    }
}
