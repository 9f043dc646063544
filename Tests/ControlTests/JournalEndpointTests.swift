import Glibc
import Stack
import Synchronization
import TestFolders
import Testing

@testable import Control

/// The endpoints of the journal, as the client of the command line asks them.
@Suite struct JournalEndpointTests {
    /// Remembers what it was asked, and knows one event and one incident.
    final class Backend: ControlBackend {
        let queries = Mutex<[EventQuery]>([])

        func status() -> StackStatus { .example() }
        func stack() -> Stack { Stack(name: "shop", directory: "/", services: []) }
        func usage() -> [String: ServiceUsage] { [:] }
        func metrics() -> [MetricFamily] { [] }

        func events(_ query: EventQuery) -> [EventRecord] {
            queries.withLock { $0.append(query) }
            return [EventJSONTests.event]
        }

        func waitForEvent(after id: Int64, patience: Duration) -> Bool { false }

        func incidents(before: Int64?, limit: Int, onlyOpen: Bool) -> [IncidentRecord] {
            before == 5 && limit == 3 && onlyOpen ? [IncidentJSONTests.incident] : []
        }

        func incident(_ id: Int64) -> IncidentRecord? { id == 2 ? IncidentJSONTests.incident : nil }
        func explanation(of service: String) -> Explanation? { nil }
        func flags() -> [FlagStatus] { [] }
        func alerts() -> AlertOverview { AlertOverview() }
        func perform(_ command: ControlCommand, by actor: String) -> ControlReply { .refused("not here") }
    }

    /// Hands `body` a client of a server with that backend.
    private func ask(_ backend: Backend, _ body: (ControlClient) throws -> Void) throws {
        let folder = TemporaryFolder()
        let path = folder["api.sock"]
        let server = ControlServer(backend: backend)
        if let failure = server.serve(unix: try TestSockets.listenUnix(path)) { throw failure }
        defer { server.stop() }
        try body(ControlClient(socketPath: path, timeout: .seconds(20)))
    }

    @Test func aQueryComesThroughAsItWasAsked() throws {
        let backend = Backend()
        let query = EventQuery(
            after: 1, before: 9, since: 1_000_000_000, until: 2_000_000_000, services: ["a b&c", "d"],
            kinds: ["exited"], incident: 4, limit: 7, newestFirst: true)
        try ask(backend) { client in
            let page = try client.events(query)
            #expect(page.events.map(\.record) == [EventJSONTests.event] && page.nextAfter == nil)
        }
        #expect(backend.queries.withLock { $0 } == [query])
    }

    @Test func incidentsAreListedAndFound() throws {
        try ask(Backend()) { client in
            let page = try client.incidents(before: 5, limit: 3, onlyOpen: true)
            #expect(page.incidents.map(\.record) == [IncidentJSONTests.incident])
            #expect(try client.incident(2) == IncidentJSONTests.incident)
            #expect(try client.incident(3) == nil)
        }
    }

    @Test(arguments: ["limit=0", "limit=1001", "after=x", "since=yesterday", "before=-1", "incident=1.5"])
    func aWrongArgumentIsRefusedByName(argument: String) throws {
        try ask(Backend()) { client in
            #expect {
                try client.get("/v1/events?" + argument)
            } throws: { error in
                guard case .rejected(400, let detail)? = error as? ControlClientError else { return false }
                return detail.contains("'\(argument.prefix { $0 != "=" })'")
            }
        }
    }
}
