import Engines
import Platform
import Stack
import Testing

@testable import Runtimes

@Suite struct ContainerAdoptionTests {
    private let rig: EngineRig
    private let web = ContainerSamples.service("web")
    private static let second: Int64 = 1_000_000_000

    init() throws { rig = try EngineRig() }

    private func labels(_ service: Service) -> [String: String] {
        [ContainerSpecification.markLabel: service.launch.container?.mark ?? ""]
    }

    private func page(of id: String, run: Int) throws -> ContainerBook.Page {
        let container = try #require(rig.engine.change { $0.containers[id] })
        return ContainerBook.Page(container: id, run: run, pid: container.pid, startedAt: container.startedAt)
    }

    @Test func whatAnEarlierHealerStartedGoesOnAsTheSameRun() throws {
        let id = rig.engine.add("web", labels: labels(web))
        var book = ContainerBook()
        book.pages["web-1"] = try page(of: id, run: 7)
        try rig.begin(ContainerSamples.stack(web), book: book)
        rig.settle()
        #expect(rig.events == ["found", "adopted web-1 run 7"])
        #expect(rig.engine.requests("POST").isEmpty)
        #expect(try rig.runtime.book.pages["web-1"]?.run == 7)
    }

    @Test func whatWasStartedAnewMeanwhileIsTheNextRun() throws {
        let id = rig.engine.add("web", labels: labels(web))
        var book = ContainerBook()
        book.pages["web-1"] = try page(of: id, run: 7)
        book.pages["web-1"]?.startedAt -= 1
        try rig.begin(ContainerSamples.stack(web), book: book)
        rig.expect("adopted web-1 run 8")
    }

    @Test func whatHasEndedMeanwhileIsAdoptedAndEnds() throws {
        let id = rig.engine.add("web", labels: labels(web))
        var book = ContainerBook()
        book.pages["web-1"] = try page(of: id, run: 7)
        rig.engine.change { $0.end(id, code: 9, isTold: false) }
        try rig.begin(ContainerSamples.stack(web), book: book)
        rig.settle()
        #expect(rig.events == ["found", "adopted web-1 run 7", "exited web-1 run 7 code 9"])
    }

    @Test func oneThatNobodySawRunningIsWhatTheInstanceIsStartedAs() throws {
        let id = rig.engine.add("web", status: "exited", labels: labels(web))
        try rig.begin(ContainerSamples.stack(web))
        rig.settle()
        #expect(rig.events == ["found"])
        #expect(try rig.start(web) == id)
        #expect(rig.engine.requests("/create").isEmpty)
    }

    @Test func aContainerOfComposeIsTakenAndItsRestartsWithIt() throws {
        let id = rig.engine.add("web", restart: "unless-stopped")
        let runtime = try rig.begin(ContainerSamples.stack(web))
        rig.expect("adopted web-1 run 1")
        #expect(rig.wait { rig.engine.requests("/update").count == 1 })
        #expect(rig.engine.body("/update")?[path: "RestartPolicy/Name"] == .text("no"))
        #expect(runtime.book.policies[id] == EngineRestartPolicy(name: "unless-stopped"))
        var problems: [String]?
        runtime.release { problems = $0 }
        #expect(rig.wait { problems != nil })
        #expect(problems == [])
        #expect(rig.engine.body("/update")?[path: "RestartPolicy/Name"] == .text("unless-stopped"))
        #expect(runtime.book == ContainerBook())
        #expect(rig.engine.requests("DELETE").isEmpty)
    }

    @Test func oneThatHaleMadeGetsThePolicyOfItsFile() throws {
        let service = ContainerSamples.service("web") {
            $0.restart = EngineRestartPolicy(name: "on-failure", retries: 3)
        }
        let runtime = try rig.begin(ContainerSamples.stack(service))
        let id = try rig.start(service)
        var problems: [String]?
        runtime.release { problems = $0 }
        #expect(rig.wait { problems != nil })
        #expect(problems == [])
        #expect(
            rig.engine.body("POST /containers/\(id)/update")
                == JSONValue(json: #"{"RestartPolicy":{"MaximumRetryCount":3,"Name":"on-failure"}}"#))
    }

    @Test func whatCannotBeReleasedIsSaid() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        _ = try rig.start(web)
        rig.engine.change { $0.refusals = [("/update", 500, "no space left")] }
        var problems: [String]?
        runtime.release { problems = $0 }
        #expect(rig.wait { problems != nil })
        #expect(problems == ["the restart policy of web-1 could not be set: no space left"])
    }

    @Test func oneWhoseRestartsCannotBeSwitchedOffIsSaid() throws {
        rig.engine.change { $0.refusals = [("/update", 500, "no space left")] }
        rig.engine.add("web", restart: "always")
        try rig.begin(ContainerSamples.stack(web))
        rig.expect("notice: the engine goes on restarting shop-web-1 by itself: no space left")
    }

    @Test func oneThatDiffersIsToBeReplaced() throws {
        rig.engine.add("web", body: #"{"Image":"nginx:1.27","Env":["OLD=1"]}"#)
        try rig.begin(ContainerSamples.stack(web))
        rig.expect("adopted web-1 run 1 to be replaced")
    }

    @Test func whatTheFileDoesNotHaveIsLeftAlone() throws {
        let id = rig.engine.add("gone")
        rig.engine.add("web", labels: labels(web))
        try rig.begin(ContainerSamples.stack(web))
        rig.expect("adopted web-1 run 1")
        rig.engine.change { $0.emit("start", id) }
        rig.settle()
        #expect(!rig.events.contains { $0.contains("gone") })
        #expect(!rig.engine.requests("POST").contains { $0.contains(id) })
    }

    @Test func oneThatIsPausedIsAPersonsWill() throws {
        rig.engine.add("web", status: "paused", labels: labels(web))
        try rig.begin(ContainerSamples.stack(web))
        rig.settle()
        #expect(rig.events == ["found", "pause web by hand", "adopted web-1 run 1"])
    }

    @Test func theOneThatRunsCounts() throws {
        rig.engine.add("web", status: "exited", labels: labels(web))
        let id = rig.engine.add("web", labels: labels(web))
        rig.engine.add("web", status: "created", labels: labels(web))
        rig.engine.add("web", labels: labels(web).merging(["com.docker.compose.oneoff": "True"]) { $1 })
        let runtime = try rig.begin(ContainerSamples.stack(web))
        rig.expect("adopted web-1 run 1")
        #expect(runtime.book.pages["web-1"]?.container == id)
    }

    @Test func containersOfOtherProjectsAreNobodys() throws {
        rig.engine.add("web", project: "forum")
        try rig.begin(ContainerSamples.stack(web))
        rig.settle()
        #expect(rig.events == ["found"])
    }

    @Test func theyAreToldInTheOrderOfDependencies() throws {
        let stack = ContainerSamples.stack(
            ContainerSamples.service("api", needs: [Dependency("db")]), ContainerSamples.service("db"),
            ContainerSamples.service("cache", needs: [Dependency("api")]))
        for name in ["api", "cache", "db"] { rig.engine.add(name) }
        try rig.begin(stack)
        rig.settle()
        #expect(rig.events == ["found", "adopted db-1 run 1", "adopted api-1 run 1", "adopted cache-1 run 1"])
    }

    @Test(arguments: [30, 0])
    func aStopByHandThatWasMissedHolds(secondsAgo: Int64) throws {
        let (stopped, running) = (rig.engine.add("web", labels: labels(web)), rig.engine.add("db"))
        var book = ContainerBook()
        book.lastEvent = Calendar.now() - 60 * Self.second
        book.pages["web-1"] = try page(of: stopped, run: 3)
        book.pages["db-1"] = try page(of: running, run: 1)
        rig.engine.stopByHand(stopped, time: Calendar.now() - secondsAgo * Self.second - 10_000)
        try rig.begin(ContainerSamples.stack(web, ContainerSamples.service("db")), book: book)
        rig.settle()
        #expect(rig.events.contains("stop web by hand") && !rig.events.contains("stop db by hand"))
        let (will, end) = (rig.place(of: "stop web by hand"), rig.place(of: "exited web-1 run 3 signal 15"))
        #expect(try #require(will) < #require(end))
    }

    @Test func stopsOfAllAtOnceAreTheEnginesOwn() throws {
        let ids = ["web", "db"].map { rig.engine.add($0) }
        var book = ContainerBook()
        book.lastEvent = Calendar.now() - 60 * Self.second
        for id in ids { rig.engine.stopByHand(id, time: Calendar.now() - 30 * Self.second) }
        try rig.begin(ContainerSamples.stack(web, ContainerSamples.service("db")), book: book)
        rig.settle()
        #expect(!rig.events.contains { $0.hasPrefix("stop ") })
    }

    @Test func stopsBeforeAMachineThatWentDownAreTakenBack() throws {
        for name in ["web", "db", "old"] { rig.engine.add(name, status: "exited") }
        var book = ContainerBook()
        book.boot = "another boot"
        let last = Calendar.now() - 3_600 * Self.second
        book.stops = ["web": last, "db": last - Self.second, "old": last - 60 * Self.second]
        let runtime = try rig.begin(ContainerSamples.stack(web), book: book)
        rig.settle()
        #expect(rig.events.filter { $0.hasPrefix("start ") } == ["start db by hand", "start web by hand"])
        #expect(runtime.book.stops.isEmpty && runtime.book.boot == ProcessFacts.bootIdentity())
    }

    @Test func aStopBeforeAHealerDiedAloneIsAPersonsStill() throws {
        rig.engine.add("web", status: "exited")
        var book = ContainerBook()
        book.boot = ProcessFacts.bootIdentity()
        book.stops = ["web": Calendar.now() - 5 * Self.second]
        let runtime = try rig.begin(ContainerSamples.stack(web), book: book)
        rig.settle()
        #expect(!rig.events.contains { $0.hasSuffix("by hand") })
        #expect(runtime.book.stops.keys.contains("web"))
    }

    @Test func aStopBeforeAnEngineBeganAnewIsAPersonsStill() throws {
        let ids = ["web", "db"].map { rig.engine.add($0) }
        rig.engine.add("old", status: "exited")
        var book = ContainerBook()
        let now = Calendar.now()
        book.lastEvent = now - 60 * Self.second
        book.stops = ["old": now - 40 * Self.second]
        for id in ids { rig.engine.stopByHand(id, time: now - 30 * Self.second) }
        let services = ["db", "old"].map { ContainerSamples.service($0) }
        try rig.begin(ContainerSamples.stack(web, services[0], services[1]), book: book)
        rig.settle()
        #expect(!rig.events.contains { $0.hasSuffix("by hand") })
    }

    @Test func portsOfTheHostAreTheEnginesUntilHaleHasMadeTheContainer() throws {
        func body(_ bindings: String) -> String {
            #"{"Image":"nginx:1.27","HostConfig":{"PortBindings":\#(bindings)}}"#
        }
        let id = rig.engine.add("web", body: body(#"{"80/tcp":[{"HostPort":"8080"}],"81/udp":[{}]}"#))
        rig.engine.add("db", body: body(#"{"53/udp":[{}],"80/tcp":null}"#))
        let runtime = try rig.begin(ContainerSamples.stack(web, ContainerSamples.service("db")))
        rig.expect("adopted web-1 run 1")
        rig.expect("adopted db-1 run 1")
        #expect(runtime.servicesWithEnginePorts == ["web"])
        rig.engine.change { $0.end(id, code: 0) }
        rig.expect("exited web-1 run 1 code 0")
        #expect(runtime.servicesWithEnginePorts.isEmpty)
    }

    @Test func whatTheProjectHasIsRemoved() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        _ = try rig.start(web)
        rig.engine.change { world in
            world.volumes = ["shop_data"]
            world.networks.insert("shop_left")
        }
        var problems: [String]?
        runtime.remove(volumes: true) { problems = $0 }
        #expect(rig.wait { problems != nil })
        #expect(problems == [])
        #expect(rig.engine.change { $0.containers.isEmpty && $0.networks.isEmpty && $0.volumes.isEmpty })
        #expect(rig.engine.requests("DELETE").first?.hasSuffix("force=1&v=1") == true)
    }

    @Test func whatCannotBeRemovedIsSaid() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        rig.engine.change { $0.refusals = [("DELETE /networks/shop_default", 403, "it has active endpoints")] }
        var problems: [String]?
        runtime.remove(volumes: false) { problems = $0 }
        #expect(rig.wait { problems != nil })
        #expect(problems == ["network shop_default is left: it has active endpoints"])
        #expect(rig.engine.requests("volumes").isEmpty)
    }
}
