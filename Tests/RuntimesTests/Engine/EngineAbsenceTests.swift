import Engines
import Platform
import Stack
import Testing

@testable import Runtimes

@Suite struct EngineAbsenceTests {
    private let rig: EngineRig
    private let web = ContainerSamples.service("web", needs: [Dependency("api")])
    private let api = ContainerSamples.service("api", needs: [Dependency("db")])
    private let db = ContainerSamples.service("db")
    private static let second: Int64 = 1_000_000_000

    init() throws { rig = try EngineRig() }

    private func begin() throws -> [String] {
        try rig.begin(ContainerSamples.stack(web, api, db))
        let ids = try [db, api, web].map { try rig.start($0) }
        rig.clear()
        return ids
    }

    private func goAway() {
        rig.engine.stop()
        rig.expect("lost")
    }

    @Test func aStartWaitsAndIsDoneOnce() throws {
        let runtime = try rig.begin(ContainerSamples.stack(db))
        goAway()
        runtime.start(InstanceID("db", 1), of: db, run: 1)
        rig.settleWithoutEngine()
        #expect(rig.events == ["found", "lost"])
        try rig.engine.start()
        rig.expect("started db-1 run 1")
        rig.settle()
        #expect(rig.engine.requests("POST /containers/create").count == 1)
        #expect(rig.engine.requests("/start").count == 1)
        #expect(rig.events == ["found", "lost", "found", "started db-1 run 1"])
    }

    @Test func oneThatWasUnderWayIsFinished() throws {
        let runtime = try rig.begin(ContainerSamples.stack(db))
        rig.engine.change { $0.held = ["/start"] }
        runtime.start(InstanceID("db", 1), of: db, run: 1)
        #expect(rig.wait { !rig.engine.requests("/start").isEmpty })
        goAway()
        #expect(rig.wait { runtime.launches[InstanceID("db", 1)]?.isPostponed == true })
        rig.engine.change { $0.held = [] }
        try rig.engine.start()
        rig.expect("started db-1 run 1")
        rig.settle()
        #expect(rig.engine.requests("POST /containers/create").count == 1)
        #expect(!rig.events.contains { $0.hasPrefix("failed") || $0.hasPrefix("exited") || $0.hasPrefix("adopted") })
    }

    @Test func aStartThatIsStoppedMeanwhileHasFailed() throws {
        let runtime = try rig.begin(ContainerSamples.stack(db))
        goAway()
        runtime.start(InstanceID("db", 1), of: db, run: 1)
        rig.settleWithoutEngine()
        runtime.signal(InstanceID("db", 1), run: 1, 15)
        rig.expect("failed db-1 run 1: it was stopped before the engine was there again")
        try rig.engine.start()
        rig.expect("found", times: 2)
        rig.settle()
        #expect(rig.engine.requests("/create").isEmpty)
    }

    @Test func aSignalWaitsAndIsSentOnce() throws {
        let ids = try begin()
        goAway()
        let runtime = try rig.runtime
        runtime.signal(InstanceID("db", 1), run: 1, 15)
        runtime.signal(InstanceID("api", 1), run: 1, 15)
        runtime.kill(InstanceID("api", 1), run: 1)
        rig.settleWithoutEngine()
        #expect(rig.events == ["lost"])
        try rig.engine.start()
        rig.expect("exited db-1 run 1 signal 15")
        rig.expect("exited api-1 run 1 signal 9")
        rig.settle()
        #expect(
            Set(rig.engine.requests("/kill")) == [
                "POST /containers/\(ids[0])/kill?signal=15", "POST /containers/\(ids[1])/kill?signal=9",
            ])
        #expect(rig.engine.requests("/kill").count == 2)
        #expect(!rig.events.contains { $0.contains("by hand") })
    }

    @Test func aSignalToOneThatEndsMeanwhileIsNotSent() throws {
        let ids = try begin()
        goAway()
        try rig.runtime.signal(InstanceID("db", 1), run: 1, 15)
        rig.settleWithoutEngine()
        rig.engine.change { $0.end(ids[0], code: 5, isTold: false) }
        try rig.engine.start()
        rig.expect("exited db-1 run 1 code 5")
        rig.settle()
        #expect(rig.engine.requests("/kill").isEmpty)
    }

    @Test func whatHasEndedMeanwhileIsToldInTheOrderOfDependencies() throws {
        let ids = try begin()
        goAway()
        rig.engine.change { world in for id in ids { world.end(id, code: 2, isTold: false) } }
        try rig.engine.start()
        rig.expect("exited web-1 run 1 code 2")
        #expect(
            rig.events == [
                "lost", "found", "exited db-1 run 1 code 2", "exited api-1 run 1 code 2", "exited web-1 run 1 code 2",
            ])
    }

    @Test func whatRunsOnIsNotTouched() throws {
        _ = try begin()
        let before = rig.engine.requests("POST").count
        goAway()
        try rig.engine.start()
        rig.expect("found")
        rig.settle()
        #expect(rig.events == ["lost", "found"] && rig.engine.requests("POST").count == before)
    }

    @Test func whatWasStartedAnewMeanwhileIsAnotherRun() throws {
        let ids = try begin()
        goAway()
        rig.engine.change { world in
            world.end(ids[0], code: 2, isTold: false)
            world.begin(ids[0])
        }
        try rig.engine.start()
        rig.expect("adopted db-1 run 2")
        rig.settle()
        #expect(rig.events == ["lost", "found", "exited db-1 run 1 ?", "adopted db-1 run 2"])
    }

    @Test func whatWasRemovedMeanwhileHasEnded() throws {
        let ids = try begin()
        goAway()
        rig.engine.change { $0.containers[ids[2]] = nil }
        try rig.engine.start()
        rig.expect("exited web-1 run 1 ?")
        #expect(try rig.start(web, run: 2) != ids[2])
    }

    @Test func whatWasFrozenMeanwhileIsAPersonsWill() throws {
        let ids = try begin()
        goAway()
        rig.engine.change { $0.containers[ids[0]]?.status = "paused" }
        try rig.engine.start()
        rig.expect("pause db by hand")
        #expect(!rig.events.contains { $0.hasPrefix("exited") })
    }

    @Test func stopsByAnEngineThatEndsAreTakenBack() throws {
        let ids = try begin()
        for id in ids { rig.engine.stopByHand(id) }
        for name in ["api", "db", "web"] { rig.expect("exited \(name)-1 run 1 signal 15") }
        goAway()
        let starts = rig.events.filter { $0.hasPrefix("start ") }
        #expect(starts == ["start api by hand", "start db by hand", "start web by hand"])
        #expect(rig.events.last == "lost")
        #expect(try rig.runtime.book.stops.isEmpty)
    }

    @Test func anOlderStopIsAPersonsAndIsKept() throws {
        var book = ContainerBook()
        book.lastEvent = Calendar.now() - 3_600 * Self.second
        let old = rig.engine.add("db")
        try rig.begin(ContainerSamples.stack(web, api, db), book: book)
        rig.expect("adopted db-1 run 1")
        for service in [api, web] { _ = try rig.start(service) }
        let ids = try ["api", "web"].map { try #require(rig.engine.id(of: $0)) }
        rig.engine.stopByHand(old, time: Calendar.now() - 10 * Self.second)
        rig.expect("exited db-1 run 1 signal 15")
        for id in ids { rig.engine.stopByHand(id) }
        for name in ["api", "web"] { rig.expect("exited \(name)-1 run 1 signal 15") }
        goAway()
        #expect(rig.events.filter { $0.hasPrefix("start ") } == ["start api by hand", "start web by hand"])
    }

    @Test func aStopWhileOthersRunOnIsAPersons() throws {
        let ids = try begin()
        rig.engine.stopByHand(ids[2])
        rig.expect("exited web-1 run 1 signal 15")
        goAway()
        #expect(!rig.events.contains { $0.hasPrefix("start ") })
    }

    @Test func anEngineThatIsNotThereYetIsWaitedFor() throws {
        rig.engine.stop()
        let runtime = ContainerRuntime(
            endpoint: EngineEndpoint(.unix(rig.engine.socket), source: "test"), environment: [:],
            stack: ContainerSamples.stack(db), book: ContainerBook(), logs: rig.folder["logs"], reactor: rig.reactor
        ) { _ in
        }
        var isKnown = false
        runtime.whenKnown { isKnown = true }
        rig.reactor.turn(limit: .milliseconds(20))
        #expect(!isKnown && !runtime.isKnown)
        try rig.engine.start()
        #expect(rig.wait { isKnown })
        var isCalled = false
        runtime.whenKnown { isCalled = true }
        #expect(isCalled && runtime.isLocal && runtime.address == "unix://\(rig.engine.socket)")
    }
}
