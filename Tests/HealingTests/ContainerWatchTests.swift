import Stack
import Testing

@testable import Healing

@Suite struct ContainerWatchTests {
    private static let start = Instant(nanoseconds: 1_000_000_000_000)

    /// An engine that does as it is told, and what it was told.
    private struct Host {
        var watch = ContainerWatch(seed: 1)
        var now = ContainerWatchTests.start
        var containers: [String: WatchedContainer] = [:]
        var restarts: [String] = []
        var notes: [WatchNote] = []
        /// Whether restarts are answered at once.
        var answers = true

        init(_ containers: WatchedContainer...) {
            for container in containers { self.containers[container.id] = container }
            look()
        }

        mutating func feed(_ event: WatchEvent) {
            for effect in watch.handle(event, at: now) {
                switch effect {
                case .note(let note): notes.append(note)
                case .restart(let container):
                    restarts.append(container.id)
                    if answers { answer(container.id) }
                }
            }
        }

        mutating func answer(_ id: String, failure: String? = nil) {
            now = now + .seconds(1)
            if failure == nil {
                containers[id]?.state = .running
                if containers[id]?.health != WatchedContainer.Health.none { containers[id]?.health = .starting }
            }
            feed(.restarted(id, failure: failure))
        }

        mutating func look() { feed(.found(Array(containers.values), asOf: now)) }

        mutating func set(_ id: String, _ health: WatchedContainer.Health) {
            containers[id]?.health = health
            if let container = containers[id] { feed(.changed(container, asOf: now)) }
        }

        mutating func set(_ id: String, _ state: WatchedContainer.State) {
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

    @Test func whatIsUnhealthyIsRestartedAtOnceAndOnce() {
        var host = Host(Self.container("web"), Self.container("db"))
        host.set("web", .unhealthy)
        #expect(host.restarts == ["web"])
        host.look()
        host.set("web", .healthy)
        host.pass(.seconds(3_600))
        #expect(host.restarts == ["web"])
        #expect(host.notes.map(\.kind) == [.unhealthy, .restarting, .restarted, .recovered])
    }

    @Test func whatIsNotWatchedIsLeftAlone() {
        var other = Self.container("other")
        other.isWatched = false
        var host = Host(other)
        host.set("other", .unhealthy)
        host.pass(.seconds(3_600))
        #expect(host.restarts.isEmpty && host.notes.isEmpty)
    }

    @Test(arguments: [WatchedContainer.State.paused, .exited, .created, .dead, .removing, .restarting])
    func whatDoesNotRunIsLeftAlone(state: WatchedContainer.State) {
        var host = Host(Self.container("web"))
        host.containers["web"]?.state = state
        host.set("web", .unhealthy)
        host.pass(.seconds(3_600))
        #expect(host.restarts.isEmpty)
    }

    @Test func whatWasPausedHasTimeToAnswerItsCheckAgain() {
        var host = Host(Self.container("web"))
        host.containers["web"]?.health = .unhealthy
        host.set("web", .paused)
        host.set("web", .running)
        host.pass(.seconds(29))
        #expect(host.restarts.isEmpty)
        host.pass(.seconds(2))
        #expect(host.restarts == ["web"])
    }

    @Test func whoStopsWhatWaitsForItsRestartHasHisWay() {
        var host = Host(Self.container("web"))
        host.set("web", .unhealthy)
        host.set("web", .unhealthy)
        host.set("web", .exited)
        host.pass(.seconds(3_600))
        #expect(host.restarts == ["web"])
        #expect(host.notes.last?.kind == .leftAlone)
    }

    @Test func aHopelessOneIsRestartedEverMoreRarelyThenQuarantinedWithOneAlert() {
        var host = Host(Self.container("web"))
        for _ in 0..<8 {
            host.set("web", .unhealthy)
            host.pass(.seconds(20))
        }
        #expect(host.restarts.count == 5)
        #expect(host.notes.count { $0.kind == .quarantined } == 1)
        // One trial after each quarantine, three of them, then nothing without a person.
        for _ in 0..<20 {
            host.pass(.seconds(900))
            host.set("web", .unhealthy)
        }
        #expect(host.restarts.count == 8)
        #expect(host.watch.nextDeadline == nil)
        host.set("web", .healthy)
        #expect(host.notes.last?.kind == .recovered)
        host.pass(.seconds(3_600))
        host.set("web", .unhealthy)
        #expect(host.restarts.count == 9)
    }

    @Test func theRootIsHealedAndItsVictimHasTimeToRecover() {
        var host = Host(Self.container("db"), Self.container("web", needs: [.init("db")]), Self.container("x"))
        host.containers["db"]?.health = .unhealthy
        host.containers["web"]?.health = .unhealthy
        host.look()
        #expect(host.restarts == ["db"])
        host.pass(.seconds(60))
        host.set("db", .healthy)
        host.pass(.seconds(20))
        host.set("web", .healthy)
        host.pass(.seconds(3_600))
        #expect(host.restarts == ["db"])
    }

    @Test func aVictimThatDoesNotRecoverIsHealedAfterItsRoot() {
        var host = Host(Self.container("db"), Self.container("web", needs: [.init("db")]))
        host.containers["db"]?.health = .unhealthy
        host.containers["web"]?.health = .unhealthy
        host.look()
        host.set("db", .healthy)
        host.pass(.seconds(31))
        #expect(host.restarts == ["db", "web"])
    }

    @Test func thoseThatNeedEachOtherAreHealedAllTheSame() {
        var host = Host(Self.container("a", needs: [.init("b")]), Self.container("b", needs: [.init("a")]))
        host.containers["a"]?.health = .unhealthy
        host.containers["b"]?.health = .unhealthy
        host.look()
        #expect(Set(host.restarts) == ["a", "b"])
    }

    @Test func anUnwatchedRootIsNoReasonToWait() {
        var db = Self.container("db")
        db.isWatched = false
        db.health = .unhealthy
        var host = Host(db, Self.container("web", needs: [.init("db")]))
        host.set("web", .unhealthy)
        #expect(host.restarts == ["web"])
    }

    @Test func whoSharesANamespaceIsRestartedInOrder() {
        var inner = Self.container("inner")
        inner.sharesNamespaceOf = "vpn"
        inner.isWatched = false
        inner.health = .none
        var innermost = Self.container("a-innermost")
        innermost.sharesNamespaceOf = "inner"
        var paused = Self.container("paused")
        paused.sharesNamespaceOf = "vpn"
        paused.state = .paused
        var host = Host(Self.container("vpn"), inner, innermost, paused)
        host.set("vpn", .unhealthy)
        #expect(host.restarts == ["vpn", "inner", "a-innermost"])
    }

    @Test func whoAsksForItIsRestartedOnceWhatItNeedsIsWell() {
        var host = Host(
            Self.container("db"), Self.container("web", needs: [.init("db", restart: true)]),
            Self.container("job", needs: [.init("db")]))
        host.set("db", .unhealthy)
        #expect(host.restarts == ["db"])
        host.set("db", .healthy)
        #expect(host.restarts == ["db", "web"])
    }

    @Test func anAnswerFromBeforeTheRestartSaysNothing() {
        var host = Host(Self.container("web"))
        let asked = host.now
        host.set("web", .unhealthy)
        var stale = Self.container("web")
        stale.health = .unhealthy
        host.feed(.found([stale], asOf: asked))
        host.feed(.changed(stale, asOf: asked))
        host.pass(.seconds(60))
        #expect(host.restarts == ["web"])
    }

    @Test func aRestartThatFailsIsTriedAgainWithinTheBudget() {
        var host = Host(Self.container("web"))
        host.answers = false
        host.set("web", .unhealthy)
        for _ in 0..<20 {
            host.answer("web", failure: "no such file")
            host.set("web", .unhealthy)
            host.pass(.seconds(20))
        }
        #expect(host.restarts.count == 5)
        #expect(host.notes.contains { $0.text == "web could not be restarted: no such file" })
    }

    /// Whatever happens: nothing that does not run is restarted, none twice at a time, none beyond its budget, and time
    /// always leads on.
    @Test(arguments: 0..<1_000 as Range<UInt64>)
    func noLawIsBroken(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let names = ["a", "b", "c", "d", "e"]
        var host = Host()
        host.answers = false
        var open: Set<String> = []
        var told = 0
        var counts: [String: [Instant]] = [:]
        for name in names {
            var container = Self.container(name)
            container.needs = names.filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }.map {
                WatchedContainer.Need($0, restart: Bool.random(using: &generator))
            }
            container.isWatched = Int.random(in: 0..<5, using: &generator) > 0
            if Int.random(in: 0..<4, using: &generator) == 0 {
                container.sharesNamespaceOf = names.randomElement(using: &generator)
            }
            host.containers[name] = container
        }
        host.look()
        for _ in 0..<200 {
            let name = names.randomElement(using: &generator) ?? "a"
            let before = host.restarts.count
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: host.set(name, .unhealthy)
            case 1: host.set(name, .healthy)
            case 2: host.set(name, .running)
            case 3: host.set(name, [.paused, .exited].randomElement(using: &generator) ?? .paused)
            case 4:
                if open.remove(name) != nil {
                    host.answer(name, failure: Bool.random(using: &generator) ? "no" : nil)
                }
            case 5: host.look()
            case _:
                for _ in 0..<50 {
                    guard let deadline = host.watch.nextDeadline else { break }
                    let earlier = host.now
                    host.now = max(host.now, deadline)
                    host.feed(.timePassed)
                    let next = host.watch.nextDeadline
                    #expect(next.map { $0 > host.now } ?? true, "nothing came of \(deadline), after \(earlier)")
                }
                host.now = host.now + .seconds(Int64.random(in: 0..<100, using: &generator))
            }
            for id in host.restarts[before...] {
                #expect(open.insert(id).inserted, "\(id) is restarted twice at a time")
                #expect(host.containers[id]?.state == .running)
            }
            for note in host.notes[told...] where note.text.hasSuffix("its health check fails") {
                counts[note.container.id, default: []].append(host.now)
                let recent = counts[note.container.id]?.filter { $0 > host.now + .seconds(-300) } ?? []
                #expect(recent.count <= 5)
            }
            told = host.notes.count
        }
    }
}
