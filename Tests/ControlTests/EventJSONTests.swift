import Stack
import Testing

@testable import Control

@Suite struct EventJSONTests {
    static let event = EventRecord(
        id: 7, time: 1_769_853_599_123_000_000, kind: "exited", service: "redis", instance: "redis-1",
        text: "ended by SIGKILL", cause: "killed", actor: "root", incident: 3)

    @Test func writesSnakeCaseAndTimesInWords() throws {
        #expect(
            try EventJSON(Self.event).line() == """
                {"actor":"root","cause":"killed","id":7,"incident":3,"instance":"redis-1","kind":"exited",\
                "service":"redis","text":"ended by SIGKILL","time":"2026-01-31T09:59:59.123Z"}

                """)
        let bare = EventRecord(id: 1, time: 0, kind: "configured", text: "a stack of 2 services")
        #expect(
            try EventJSON(bare).line() == """
                {"id":1,"kind":"configured","text":"a stack of 2 services","time":"1970-01-01T00:00:00.000Z"}

                """)
    }

    @Test func readsWhatItWrites() throws {
        let bytes = try JSONText.encode(EventJSON(Self.event))
        #expect(try JSONText.decode(EventJSON.self, from: bytes).record == Self.event)
    }

    @Test(arguments: [
        "{}", "[]", #"{"id":1,"kind":"a","text":"b","time":"yesterday"}"#,
        #"{"id":"1","kind":"a","text":"b","time":"1970-01-01T00:00:00.000Z"}"#,
        #"{"id":1,"kind":"a","text":"b","time":"9999-01-01T00:00:00.000Z"}"#,
    ])
    func refusesWhatIsNoEvent(text: String) {
        #expect(throws: DecodingError.self) { try JSONText.decode(EventJSON.self, from: Array(text.utf8)) }
    }

    @Test(arguments: [Int64.min + 1_000_000, -1, 0, 1, 1_769_853_599_123_999_999, Int64.max])
    func anyTimeCanBeWrittenAndIsReadToTheMillisecond(time: Int64) throws {
        let text = Timestamp.format(nanosecondsSince1970: time)
        let read = try #require(Timestamp.nanoseconds(text))
        #expect(read <= time && time - read < 1_000_000)
    }

    @Test func aFullPageSaysWhereTheNextBegins() throws {
        let events = (1...3).map { EventRecord(id: $0, time: 0, kind: "ready", text: "x") }
        #expect(EventPage(events, of: EventQuery(limit: 3)).nextAfter == 3)
        #expect(EventPage(events, of: EventQuery(limit: 4)).nextAfter == nil)
        #expect(EventPage(events, of: EventQuery(limit: 3, newestFirst: true)).nextAfter == nil)
        let empty = try JSONText.encode(EventPage([], of: EventQuery()))
        #expect(String(decoding: empty, as: UTF8.self) == "{\"events\":[],\"next_after\":null}\n")
    }
}

@Suite struct IncidentJSONTests {
    static let incident = IncidentRecord(
        id: 2, state: .resolved, root: "postgres", cause: "ended by SIGKILL", firstSignAt: 1_000_000_000,
        verdictAt: 1_001_000_000, repairedAt: 1_400_000_000, endedAt: 2_000_000_000,
        victims: [
            .init(service: "web", sign: "connection refused", since: 1_100_000_000, recoveredAt: 1_900_000_000),
            .init(service: "mail", sign: "timed out", since: 1_200_000_000),
        ],
        timeline: [
            .init(
                time: 1_000_000_000, kind: "exited", service: "postgres", instance: "postgres-1", text: "ended",
                cause: "SIGKILL")
        ], omitted: 4, logs: [.init(instance: "postgres-1", lines: ["a", "b"])])

    @Test func readsWhatItWrites() throws {
        let bytes = try JSONText.encode(IncidentJSON(Self.incident))
        #expect(try JSONText.decode(IncidentJSON.self, from: bytes).record == Self.incident)
    }

    @Test func writesSnakeCaseAndLeavesOutWhatIsNotKnown() throws {
        let open = IncidentRecord(id: 1, state: .open, root: "db", cause: "hung", firstSignAt: 0)
        #expect(
            try IncidentJSON(open).line() == """
                {"cause":"hung","first_sign_at":"1970-01-01T00:00:00.000Z","id":1,"logs":[],"omitted":0,"root":"db",\
                "state":"open","timeline":[],"victims":[]}

                """)
        let line = try IncidentJSON(Self.incident).line()
        for key in ["verdict_at", "repaired_at", "ended_at", "recovered_at"] { #expect(line.contains("\"\(key)\":")) }
    }

    @Test func aFullPageSaysWhereTheNextBegins() {
        #expect(IncidentPage([Self.incident], limit: 1).nextBefore == 2)
        #expect(IncidentPage([Self.incident], limit: 2).nextBefore == nil)
    }
}
