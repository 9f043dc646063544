import Engines
import Stack
import Testing

@testable import Runtimes

@Suite struct ContainerStartTests {
    private let rig: EngineRig
    private let web = ContainerSamples.service("web")

    init() throws { rig = try EngineRig() }

    @Test func aContainerIsMadeAndStarted() throws {
        try rig.begin(ContainerSamples.stack(web))
        let id = try rig.start(web)
        #expect(
            rig.engine.requests("POST /containers") == [
                "POST /containers/create?name=shop-web-1", "POST /containers/\(id)/start",
            ])
        #expect(rig.engine.body("POST /containers/create")?[path: "Labels/hale.specification"] != nil)
        let runtime = try rig.runtime
        #expect(runtime.address(of: InstanceID("web", 1)).hasPrefix("172.18."))
        #expect(runtime.instance(at: runtime.address(of: InstanceID("web", 1))) == InstanceID("web", 1))
        #expect(runtime.book.pages["web-1"]?.container == id && runtime.book.pages["web-1"]?.run == 1)
        rig.settle()
        #expect(rig.events == ["found", "started web-1 run 1"])
    }

    @Test func whatItNeedsIsMadeFirst() throws {
        rig.engine.change { $0.networks = [] }
        let wide = ContainerSamples.service(
            "web",
            networks: [
                ContainerAttachment(network: "shop_front"), ContainerAttachment(network: "shop_back", aliases: ["x"]),
            ]
        ) { $0.files = [ContainerFile(path: "/etc/a", content: "b")] }
        var stack = ContainerSamples.stack(wide)
        stack.containers?.networks = ["front", "back", "unused"].map { .init(key: $0, name: "shop_\($0)") }
        stack.containers?.volumes = [.init(key: "data", name: "shop_data", configuration: #"{"Driver":"local"}"#)]
        try rig.begin(stack)
        let id = try rig.start(wide)
        let changes = rig.engine.requests().filter { !$0.hasPrefix("GET") }
        #expect(
            changes == [
                "POST /networks/create", "POST /networks/create", "POST /volumes/create",
                "POST /containers/create?name=shop-web-1", "PUT /containers/\(id)/archive?path=%2F",
                "POST /networks/shop_back/connect", "POST /containers/\(id)/start",
            ])
        #expect(
            rig.engine.body("shop_back/connect")?[path: "EndpointConfig/Aliases"]?.texts == ["web", "direct.web", "x"])
        #expect(rig.engine.change { $0.networks } == ["shop_front", "shop_back"])
        #expect(rig.engine.change { $0.volumes } == ["shop_data"])
    }

    @Test func whatIsExternalHasToBeThere() throws {
        var stack = ContainerSamples.stack(web)
        stack.containers?.networks = [.init(key: "default", name: "shop_default", isExternal: true)]
        rig.engine.change { $0.networks = [] }
        let runtime = try rig.begin(stack)
        runtime.start(InstanceID("web", 1), of: web, run: 1)
        #expect(
            rig.wait { rig.events.last?.hasPrefix("failed web-1 run 1: there is no network 'shop_default'") == true })
        stack.containers?.networks[0].isExternal = false
        stack.containers?.volumes = [.init(key: "data", name: "outer", isExternal: true)]
        runtime.configure(stack)
        runtime.start(InstanceID("web", 1), of: web, run: 2)
        #expect(rig.wait { rig.events.last?.hasPrefix("failed web-1 run 2: there is no volume 'outer'") == true })
    }

    @Test func theContainerThatIsThereIsStartedAgain() throws {
        try rig.begin(ContainerSamples.stack(web))
        let id = try rig.start(web)
        rig.engine.change { $0.end(id, code: 1) }
        rig.expect("exited web-1 run 1 code 1")
        #expect(try rig.start(web, run: 2) == id)
        #expect(rig.engine.requests("POST /containers/create").count == 1)
        #expect(rig.engine.requests("DELETE").isEmpty)
    }

    @Test func oneThatDiffersIsReplaced() throws {
        try rig.begin(ContainerSamples.stack(web))
        let id = try rig.start(web)
        rig.engine.change { $0.end(id, code: 0) }
        rig.expect("exited web-1 run 1 code 0")
        let other = ContainerSamples.service("web", configuration: #"{"Image":"nginx:1.27","User":"7"}"#)
        try rig.runtime.configure(ContainerSamples.stack(other))
        #expect(try rig.start(other, run: 2) != id)
        #expect(rig.engine.requests("DELETE") == ["DELETE /containers/\(id)?force=1&v=0"])
    }

    @Test func oneThatSharesANamespaceOfAnotherContainerIsReplaced() throws {
        let vpn = ContainerSamples.service("vpn")
        let guest = ContainerSamples.service("guest", networks: []) { $0.shares = ContainerShares(network: "vpn") }
        let runtime = try rig.begin(ContainerSamples.stack(vpn, guest))
        let first = try rig.start(vpn)
        let before = try rig.start(guest)
        #expect(runtime.address(of: InstanceID("guest", 1)) == runtime.address(of: InstanceID("vpn", 1)))
        rig.engine.change { world in
            world.end(before, code: 0)
            world.end(first, code: 0)
        }
        rig.expect("exited vpn-1 run 1 code 0")
        rig.engine.change { world in
            world.containers[first] = nil
            world.emit("destroy", first)
        }
        let second = try rig.start(vpn, run: 2)
        #expect(second != first)
        #expect(try rig.start(guest, run: 2) != before)
        #expect(rig.engine.body("name=shop-guest-1")?[path: "HostConfig/NetworkMode"] == .text("container:\(second)"))
    }

    @Test func aCompanionThatIsMissingIsSaid() throws {
        let guest = ContainerSamples.service("guest", networks: []) { $0.shares = ContainerShares(network: "vpn") }
        let runtime = try rig.begin(ContainerSamples.stack(guest, ContainerSamples.service("vpn")))
        runtime.start(InstanceID("guest", 1), of: guest, run: 1)
        rig.expect("failed guest-1 run 1: it shares something with vpn, which has no container yet")
    }

    @Test func whatTheEngineRefusesIsSaidAndNothingIsLeft() throws {
        rig.engine.change { $0.refusals = [("/start", 500, "driver failed programming external connectivity")] }
        let runtime = try rig.begin(ContainerSamples.stack(web))
        runtime.start(InstanceID("web", 1), of: web, run: 1)
        rig.expect("failed web-1 run 1: driver failed programming external connectivity")
        #expect(rig.engine.id(of: "web") == nil)
        rig.engine.change { $0.refusals = [] }
        _ = try rig.start(web, run: 2)
    }

    @Test func anEndThatIsToldBeforeTheStartsAnswerFollowsIt() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        // It runs when it is asked about, and has ended when that is answered.
        rig.engine.change { $0.held = ["GET c0 /json"] }
        runtime.start(InstanceID("web", 1), of: web, run: 1)
        #expect(rig.wait { rig.engine.id(of: "web").map { !rig.engine.requests("\($0)/json").isEmpty } == true })
        let id = try #require(rig.engine.id(of: "web"))
        rig.engine.change { $0.end(id, code: 3) }
        rig.settleWithoutLooking()
        #expect(!rig.events.contains { $0.hasPrefix("started") })
        rig.engine.change { $0.held = [] }
        rig.expect("exited web-1 run 1 code 3")
        #expect(rig.events.filter { $0.contains("web") } == ["started web-1 run 1", "exited web-1 run 1 code 3"])
    }

    @Test func oneThatEndsAtOnceHasStartedAllTheSame() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        rig.engine.change { $0.held = ["/start"] }
        runtime.start(InstanceID("web", 1), of: web, run: 1)
        #expect(rig.wait { !rig.engine.requests("/start").isEmpty })
        let id = try #require(rig.engine.id(of: "web"))
        rig.engine.change { $0.end(id, code: 127) }
        rig.engine.change { $0.held = [] }
        rig.expect("exited web-1 run 1 code 127")
        rig.settle()
        #expect(rig.events.filter { $0.contains("web") } == ["started web-1 run 1", "exited web-1 run 1 code 127"])
        _ = try rig.start(web, run: 2)
        rig.settle()
        #expect(!rig.events.contains { $0.hasPrefix("exited web-1 run 2") })
    }

    @Test func withoutAWordOfItsContainerItCannotStart() throws {
        let runtime = try rig.begin(ContainerSamples.stack(web))
        let process = Service(name: "job", launch: LaunchSpecification(command: ["x"]))
        runtime.start(InstanceID("job", 1), of: process, run: 1)
        rig.expect("failed job-1 run 1: nothing is known of its container; run 'hale up' again")
    }

    @Test func theContainerOfAnInstanceThatIsNotWantedGoesWithIt() throws {
        let two = ContainerSamples.service("web", replicas: 2)
        let runtime = try rig.begin(ContainerSamples.stack(two))
        let first = try rig.start(two, 1)
        let second = try rig.start(two, 2)
        runtime.configure(ContainerSamples.stack(web))
        runtime.signal(InstanceID("web", 1), run: 1, 15)
        runtime.signal(InstanceID("web", 2), run: 1, 15)
        rig.expect("exited web-1 run 1 signal 15")
        rig.expect("exited web-2 run 1 signal 15")
        #expect(rig.wait { rig.engine.requests("DELETE") == ["DELETE /containers/\(second)?force=1&v=0"] })
        #expect(rig.engine.id(of: "web", 1) == first)
        #expect(runtime.address(of: InstanceID("web", 2)).isEmpty)
    }

    @Test func networksAreMadeBeforeTheyAreNeeded() throws {
        rig.engine.change { $0.networks = [] }
        let runtime = try rig.begin(ContainerSamples.stack(ContainerSamples.service("web", exposed: [])))
        var isDone = false
        runtime.prepareNetworks { obstacle in
            #expect(obstacle == nil)
            isDone = true
        }
        #expect(rig.wait { isDone })
        #expect(rig.engine.change { $0.networks } == ["shop_default"] && runtime.virtualAddresses.isEmpty)
    }
}
