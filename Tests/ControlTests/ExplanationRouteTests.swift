import Stack
import Testing

@testable import Control

/// `GET /v1/services/{service}/explanation`.
@Suite struct ExplanationRouteTests {
    @Test func aStrangerIsNotFound() throws {
        let head = RequestHead(method: "GET", path: "/v1/services/nobody/explanation", transport: .unix)
        let response = Router(backend: FakeBackend()).answer(head, body: [])
        #expect(response.status == 404)
        #expect(String(decoding: response.body, as: UTF8.self).contains("no service 'nobody'"))
    }
}
