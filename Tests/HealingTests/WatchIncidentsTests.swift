import Stack
import Testing

@testable import Healing

@Suite struct WatchIncidentsTests {
    /// A watch and its incidents, as they were written down last.
    private struct Story {
        var watch = ContainerWatch(seed: 1)
        var incidents = WatchIncidents()
        var now = Instant(nanoseconds: 1_000_000_000_000)
        var containers: [String: WatchedContainer] = [:]
        var records: [Int64: IncidentRecord] = [:]
        var events: [EventRecord] = []
        var answers = true

        init(_ containers: WatchedContainer...) {
            for container in containers { self.containers[container.id] = container }
            look()
        }

        mutating func keep(_ kept: [WatchRecord]) {
            for record in kept {
                switch record {
                case .event(let event): events.append(event)
                case .incident(let incident): records[incident.id] = incident
                }
            }
        }

        mutating func feed(_ event: WatchEvent) {
            var notes: [WatchNote] = []
            var restarts: [String] = []
            for effect in watch.handle(event, at: now) {
                switch effect {
                case .note(let note): notes.append(note)
                case .restart(let container): restarts.append(container.id)
                }
            }
            if !notes.isEmpty { keep(incidents.take(notes, at: now.nanoseconds)) }
            guard answers else { return }
            for id in restarts { answer(id) }
        }

        mutating func answer(_ id: String, failure: String? = nil) {
            now = now + .seconds(1)
            if failure == nil, containers[id]?.health != WatchedContainer.Health.none {
                containers[id]?.health = .starting
            }
            feed(.restarted(id, failure: failure))
        }

        mutating func look() { feed(.found(Array(containers.values), asOf: now)) }

        mutating func set(_ id: String, _ health: WatchedContainer.Health, _ state: WatchedContainer.State = .running) {
            now = now + .seconds(1)
            containers[id]?.health = health
            containers[id]?.state = state
            if let container = containers[id] { feed(.changed(container, asOf: now)) }
        }

        mutating func pass(_ time: Duration) {
            let end = now + time
            while let deadline = watch.nextDeadline, deadline <= end {
                now = max(now, deadline)
                feed(.timePassed)
            }
            now = max(now, end)
        }
    }

    private static func container(_ id: String, needs: [WatchedContainer.Need] = []) -> WatchedContainer {
        var container = WatchedContainer(id: id, name: id)
        container.membership = WatchedContainer.Membership(project: "p", service: id)
        container.needs = needs
        return container
    }

    @Test func aFailedCheckIsAnIncidentUntilItIsHealthy() throws {
        var story = Story(Self.container("web"))
        story.set("web", .unhealthy)
        #expect(story.records[1]?.state == .open)
        story.set("web", .healthy)
        let incident = try #require(story.records[1])
        #expect(incident.state == .resolved && incident.root == "web" && incident.victims.isEmpty)
        #expect(
            incident.timeline.map(\.text) == [
                "web is unhealthy", "web is restarted: its health check fails", "web restarted", "web is healthy again",
            ])
        #expect(incident.timeline.map(\.kind) == ["unhealthy", "restarting", "started", "healthy"])
        #expect(incident.verdictAt == incident.firstSignAt && incident.repairedAt == incident.endedAt)
        #expect(story.events.map(\.incident) == [1, 1, 1, 1] && story.events.allSatisfy { $0.service == "web" })
        story.set("web", .unhealthy)
        #expect(story.records[2]?.state == .open)
    }

    @Test func theHopelessStaysOneOpenIncident() throws {
        var story = Story(Self.container("web"))
        for _ in 0..<8 {
            story.set("web", .unhealthy)
            story.pass(.seconds(20))
        }
        #expect(story.records.count == 1)
        let incident = try #require(story.records[1])
        #expect(incident.state == .open && incident.repairedAt == nil)
        #expect(incident.timeline.last?.kind == "quarantined")
        story.set("web", .unhealthy, .exited)
        #expect(story.records[1]?.state == .closed && story.records[1]?.endedAt != nil)
    }

    @Test func whoWaitsForTheRootIsItsVictim() throws {
        var story = Story(Self.container("db"), Self.container("a-web", needs: [.init("db")]))
        story.containers["db"]?.health = .unhealthy
        story.containers["a-web"]?.health = .unhealthy
        story.look()
        #expect(story.records.count == 1 && story.records[1]?.root == "db")
        story.set("db", .healthy)
        #expect(story.records[1]?.state == .open && story.records[1]?.repairedAt != nil)
        story.set("a-web", .healthy)
        let incident = try #require(story.records[1])
        #expect(incident.state == .resolved)
        #expect(incident.victims.map(\.service) == ["a-web"])
        #expect(
            incident.victims.first?.sign == "a-web is unhealthy, as is db, which it needs and which is healed first")
        #expect(incident.victims.first?.recoveredAt == incident.endedAt)
    }

    @Test func whatIsRestartedBecauseOfTheRootIsItsVictim() throws {
        var inner = Self.container("inner")
        inner.sharesNamespaceOf = "vpn"
        inner.health = .none
        var innermost = Self.container("innermost")
        innermost.sharesNamespaceOf = "inner"
        innermost.health = .none
        var story = Story(
            Self.container("vpn"), inner, innermost, Self.container("job", needs: [.init("vpn", restart: true)]))
        story.set("vpn", .unhealthy)
        story.set("vpn", .healthy)
        #expect(story.records[1]?.state == .open)
        story.set("job", .healthy)
        let incident = try #require(story.records[1])
        #expect(incident.state == .resolved && story.records.count == 1)
        #expect(incident.victims.map(\.service) == ["inner", "innermost", "job"])
        #expect(incident.victims.allSatisfy { $0.recoveredAt != nil })
        #expect(story.events.allSatisfy { $0.incident == 1 })
    }

    @Test func aPersonWhoStopsOrRemovesTheRootEndsIt() {
        var story = Story(Self.container("web"))
        story.answers = false
        story.set("web", .unhealthy)
        story.feed(.removed("web"))
        #expect(story.records[1]?.state == .closed)
        #expect(story.records[1]?.timeline.last?.text == "web was removed")
    }

    @Test func whatCouldNotBeStartedAgainStaysOpen() {
        var story = Story(Self.container("web"))
        story.answers = false
        story.set("web", .unhealthy)
        story.answer("web", failure: "no such file")
        story.set("web", .none, .exited)
        #expect(story.records[1]?.state == .open)
        story.set("web", .healthy)
        #expect(story.records[1]?.state == .resolved)
    }

    @Test func whatWasPrintedIsKept() {
        var story = Story(Self.container("web"))
        story.set("web", .unhealthy)
        story.keep(story.incidents.add(CheckEvidence(container: "web", check: ["503", ""], log: ["a", "b"])))
        #expect(story.records[1]?.cause == "its health check fails: 503")
        #expect(story.records[1]?.logs.map(\.instance) == ["the health check of web", "web"])
        #expect(story.records[1]?.logs.last?.lines == ["a", "b"])
    }

    @Test func whatWasOpenIsEndedByWhatIsFound() {
        var story = Story(Self.container("web"), Self.container("db"), Self.container("ill"))
        for name in ["web", "db", "ill"] { story.set(name, .unhealthy) }
        let open = story.records.values.filter { $0.state == .open }
        var later = WatchIncidents(open: Array(open), nextID: 4)
        var ill = Self.container("ill")
        ill.health = .unhealthy
        story.keep(later.settle([Self.container("web"), ill], at: story.now.nanoseconds))
        #expect([1, 2, 3].map { story.records[$0]?.state } == [.resolved, .closed, .open])
        // It goes on with the one that is open.
        var watch = ContainerWatch(seed: 1)
        let notes = watch.handle(.found([ill], asOf: story.now), at: story.now).compactMap { effect in
            if case .note(let note) = effect { note } else { nil }
        }
        story.keep(later.take(notes, at: story.now.nanoseconds))
        #expect(story.records.count == 3 && story.records[3]?.timeline.last?.kind == "restarting")
    }

    @Test func aLongStoryLosesItsMiddle() throws {
        var incidents = WatchIncidents()
        var last: IncidentRecord?
        for number in 0..<500 {
            let note = WatchNote(kind: .unhealthy, container: Self.container("web"), text: "\(number)")
            for case .incident(let incident) in incidents.take([note], at: Int64(number)) { last = incident }
        }
        let incident = try #require(last)
        #expect(incident.timeline.count == 200 && incident.omitted == 300)
        #expect(incident.timeline.first?.text == "0" && incident.timeline.last?.text == "499")
    }
}
