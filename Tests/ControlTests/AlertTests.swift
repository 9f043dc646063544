import Stack
import Testing

@testable import Control

struct AlertTests {
    private func post(_ path: String, _ backend: FakeBackend) -> Response {
        var head = RequestHead(method: "POST", path: path, transport: .unix)
        head.headers = [.init(name: "Content-Type", value: "application/json")]
        let router = Router(backend: backend)
        return router.admit(&head) ?? router.answer(head, body: [])
    }

    @Test func acknowledgingIsACommand() {
        let backend = FakeBackend()
        #expect(post("/v1/alerts/7/ack", backend).status == 200)
        #expect(backend.commands == [.acknowledgeAlert(7)])
        #expect(post("/v1/alerts/seven/ack", backend).status == 404)
        backend.set(reply: .notFound("there is no alert 8"))
        #expect(post("/v1/alerts/8/ack", backend).status == 404)
    }

    @Test func theCommandIsWrittenAsItIsRead() throws {
        let text = String(decoding: try JSONText.encode(ControlCommand.acknowledgeAlert(7)), as: UTF8.self)
        #expect(text.contains(#""command":"acknowledge_alert""#) && text.contains(#""alert":7"#))
        #expect(try JSONText.decode(ControlCommand.self, from: Array(text.utf8)) == .acknowledgeAlert(7))
    }

    @Test func whatIsKnownOfChannelsIsMetrics() {
        let families = AlertMetrics.families(.example, stack: "shop")
        let text = PrometheusText.format(families)
        #expect(text.contains("hale_alerts_active{stack=\"shop\",severity=\"critical\"} 1\n"))
        #expect(text.contains("hale_alerts_active{stack=\"shop\",severity=\"info\"} 0\n"))
        #expect(text.contains("hale_alerts_queued{stack=\"shop\",channel=\"chat\"} 2\n"))
        #expect(text.contains("hale_alert_channel_up{stack=\"shop\",channel=\"chat\"} 0\n"))
        #expect(AlertMetrics.families(AlertOverview(), stack: "shop").isEmpty)
    }
}
