import Stack
import Testing

@testable import Control

struct EventPageTests {
    private struct Page: Decodable {
        var events: [EventJSON]
        var next_after: Int64?
        var next_before: Int64?
        var ids: [Int64] { events.map(\.record.id) }
    }

    private func respond(_ backend: FakeBackend, _ path: String, _ query: [(String, String)] = []) -> Response {
        let head = RequestHead(
            method: "GET", path: path, query: query.map { .init(name: $0.0, value: $0.1) }, transport: .unix)
        return Router(backend: backend).answer(head, body: [])
    }

    private func page(_ backend: FakeBackend, _ query: [(String, String)] = []) throws -> Page {
        let response = respond(backend, "/v1/events", query)
        #expect(response.status == 200)
        return try JSONText.decode(Page.self, from: response.body)
    }

    private func backend(_ count: Int) -> FakeBackend {
        let backend = FakeBackend()
        for number in 0..<count { backend.happen(number % 2 == 0 ? "exited" : "started", service: "s\(number % 3)") }
        return backend
    }

    @Test func pagesFollowEachOtherWithoutGapOrRepetition() throws {
        let backend = backend(25)
        var ids: [Int64] = []
        var after: Int64? = 0
        while let start = after {
            let page = try page(backend, [("after", "\(start)"), ("limit", "10")])
            ids += page.ids
            after = page.next_after
        }
        #expect(ids == Array(1...25))
    }

    @Test func theNewestComeFirstWhereThatIsAsked() throws {
        let backend = backend(25)
        let first = try page(backend, [("order", "desc"), ("limit", "20")])
        #expect(first.ids == (6...25).reversed())
        #expect(first.next_before == 6)
        let second = try page(backend, [("order", "desc"), ("limit", "20"), ("before", "6")])
        #expect(second.ids == (1...5).reversed())
        #expect(second.next_before == nil)
        let text = String(decoding: respond(backend, "/v1/events", [("order", "desc")]).body, as: UTF8.self)
        #expect(text.contains(#""next_before":null"#))
    }

    @Test func filtersAreJoined() throws {
        let backend = backend(12)
        #expect(try page(backend, [("service", "s0"), ("service", "s1")]).ids == [1, 2, 4, 5, 7, 8, 10, 11])
        #expect(try page(backend, [("service", "s0"), ("kind", "exited")]).ids == [1, 7])
        #expect(try page(backend, [("since", "2026-01-31T10:00:10Z")]).ids == [10, 11, 12])
        #expect(try page(backend, [("until", "2026-01-31T12:00:03.000+02:00")]).ids == [1, 2])
        #expect(try page(backend, [("incident", "3")]).ids.isEmpty)
    }

    @Test(arguments: [
        ("limit", "0"), ("limit", "1001"), ("limit", "ten"), ("limit", ""), ("limit", "+1"), ("after", "-1"),
        ("after", "9223372036854775808"), ("order", "up"), ("since", "yesterday"), ("until", "2026-02-30T00:00:00Z"),
        ("afterr", "1"), ("follow", "no"),
    ])
    func aWrongParameterIsNamed(name: String, value: String) {
        let response = respond(FakeBackend(), "/v1/events", [(name, value)])
        #expect(response.status == 400)
        #expect(String(decoding: response.body, as: UTF8.self).contains("'\(name)'"))
    }

    @Test func parametersMayBeRepeatedOnlySoOften() {
        let many = Array(repeating: ("kind", "x"), count: QueryParameter.mostTexts + 1)
        #expect(respond(FakeBackend(), "/v1/events", Array(many.dropFirst())).status == 200)
        #expect(respond(FakeBackend(), "/v1/events", many).status == 400)
    }

    @Test func incidentsComeInPages() throws {
        let backend = FakeBackend()
        for id in 1...5 { backend.add(.example(Int64(id), state: id == 2 ? .open : .resolved)) }
        let first = try incidents(backend, [("limit", "3")])
        #expect(first.incidents.map(\.record.id) == [5, 4, 3])
        #expect(first.nextBefore == 3)
        let second = try incidents(backend, [("limit", "3"), ("before", "3")])
        #expect(second.incidents.map(\.record.id) == [2, 1])
        #expect(second.nextBefore == nil)
        #expect(try incidents(backend, [("open", "true")]).incidents.map(\.record.id) == [2])
        #expect(respond(backend, "/v1/incidents/4").status == 200)
        for wrong in ["6", "x", "99999999999999999999", "-1"] {
            #expect(respond(backend, "/v1/incidents/" + wrong).status == 404)
        }
    }

    private func incidents(_ backend: FakeBackend, _ query: [(String, String)]) throws -> IncidentPage {
        try JSONText.decode(IncidentPage.self, from: respond(backend, "/v1/incidents", query).body)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.5Z", 500_000_000),
            ("1970-01-01T01:00:00.000000001+01:00", 1), ("1969-12-31T23:59:59-00:01", 59_000_000_000),
            ("1970-01-01t00:00:01z", 1_000_000_000), ("0001-01-01T00:00:00Z", .min), ("9999-12-31T23:59:60Z", .max),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000_000_000),
            ("1970-01-01T00:00:00.0000000009999999999999999999999Z", 0), ("", nil), ("2023-02-29T00:00:00Z", nil),
            ("1970-01-01", nil), ("1970-01-01T00:00:00", nil), ("1970-01-01T24:00:00Z", nil),
            ("1970-1-1T00:00:00Z", nil),
            ("1970-01-01T00:00:00.Z", nil), ("1970-01-01T00:00:00Zx", nil), ("1970-01-01T00:00:00+1:00", nil),
        ] as [(String, Int64?)])
    func timesAreReadAsRFC3339(text: String, nanoseconds: Int64?) {
        #expect(Timestamp.nanoseconds(ofAny: text) == nanoseconds)
    }
}
