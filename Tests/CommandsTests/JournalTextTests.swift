import Control
import Stack
import Testing

@testable import Commands

@Suite struct JournalTextTests {
    private static let second: Int64 = 1_000_000_000

    @Test func anEventIsALineWithItsCauseAndWhoAsked() {
        let event = EventRecord(
            id: 1, time: 0, kind: "restarting", service: "redis", instance: "redis-1", text: "restarting",
            cause: "ended by SIGKILL")
        #expect(
            EventText.line(event, style: .plain)
                == "1970-01-01T00:00:00.000Z  restarting      redis-1       restarting (ended by SIGKILL)\n")
        let asked = EventRecord(
            id: 2, time: 0, kind: "operatorAsked", text: "asked to stop redis", cause: "asked", actor: "root")
        #expect(
            EventText.line(asked, style: .plain)
                == "1970-01-01T00:00:00.000Z  operatorAsked   -             asked to stop redis, by root\n")
    }

    static let incident = IncidentRecord(
        id: 3, state: .resolved, root: "postgres", cause: "ended by SIGKILL", firstSignAt: 0,
        verdictAt: 2_000_000, repairedAt: 412_000_000, endedAt: 5 * second,
        victims: [
            .init(service: "web", sign: "connection refused", since: 100_000_000, recoveredAt: 5 * second),
            .init(service: "mail", sign: "timed out", since: 3 * second),
        ],
        timeline: [
            .init(
                time: 0, kind: "exited", service: "postgres", instance: "postgres-1", text: "ended by SIGKILL",
                cause: "ended by SIGKILL"),
            .init(
                time: 2_000_000, kind: "restarting", service: "postgres", instance: "postgres-1", text: "restarting",
                cause: "ended by SIGKILL"),
        ], omitted: 4, logs: [.init(instance: "postgres-1", lines: ["a", "b"])])

    @Test func anIncidentReadsFromItsRootToItsLastLines() {
        #expect(
            IncidentText.text(Self.incident, now: 0, style: .plain) == """
                incident 3, resolved

                  root        postgres
                  cause       ended by SIGKILL
                  first sign  1970-01-01T00:00:00.000Z
                  verdict     1970-01-01T00:00:00.002Z, detected in 2 ms
                  repaired    1970-01-01T00:00:00.412Z, repaired in 410 ms
                  over        1970-01-01T00:00:05.000Z, recovered in 5.0 s

                victims
                  web   from +100 ms: connection refused; well again at +5.0 s
                  mail  from +3.0 s: timed out; not well again

                timeline
                  +0 ms  exited      postgres-1  ended by SIGKILL
                  … 4 moments are left out here …
                  +2 ms  restarting  postgres-1  restarting (ended by SIGKILL)

                last lines of postgres-1
                  a
                  b

                """)
    }

    @Test func anOpenIncidentSaysWhatIsStillToCome() {
        let open = IncidentRecord(id: 1, state: .open, root: "db", cause: "hung", firstSignAt: 0)
        let text = IncidentText.text(open, now: 90 * Self.second, style: .plain)
        #expect(text.contains("verdict     not yet\n"))
        #expect(text.contains("repaired    not yet, 1 minute so far\n"))
        #expect(!text.contains("victims"))
    }

    @Test func theListHasALineForEach() {
        let open = IncidentRecord(
            id: 12, state: .open, root: "db", cause: "hung", firstSignAt: 0,
            victims: ["a", "b", "c", "d"].map { .init(service: $0, sign: "x", since: 0) })
        let lines = IncidentTable.text([open, Self.incident], now: 3 * Self.second, style: .plain)
            .split(separator: "\n").map {
                $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
            }
        #expect(
            lines == [
                "ID STATE ROOT CAUSE BEGAN DURATION VICTIMS",
                "12 open db hung 1970-01-01T00:00:00.000Z 3.0 s so far a, b and 2 more",
                "3 resolved postgres ended by SIGKILL 1970-01-01T00:00:00.000Z 5.0 s web, mail",
            ])
    }

    @Test func aClockThatWasSetBackMakesNoNegativeSpans() {
        #expect(IncidentText.span(from: 5, to: 0) == "0 ms")
        #expect(IncidentText.span(from: .min, to: .max) == "0 ms")
    }

    @Test(arguments: [
        ["events", "-f", "--until", "10m"], ["events", "--since", "soon"], ["events", "-n", "x"],
        ["incidents", "show"], ["incidents", "show", "x"], ["incidents", "3"], ["incidents", "show", "0"],
    ])
    func refusesWhatMakesNoSense(words: [String]) {
        #expect(throws: UsageError.self) { try CommandRequest(words) }
    }
}
