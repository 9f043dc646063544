import Control
import Stack
import Testing

struct ControlServerTests {
    @Test func statusArrivesAsItWasSaid() throws {
        let running = try RunningServer()
        #expect(try running.client.status() == .example())
        let answer = try running.ask("GET", "/status")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.contains("Content-Type: application/json\r\n"))
        #expect(answer.contains(#""last_error""#) == false)
        #expect(answer.contains(#""stack":"shop","status":"healthy""#))
    }

    @Test(arguments: [
        ControlCommand.reload, .down(graceSeconds: 2.5, volumes: true), .down(graceSeconds: nil, volumes: false),
        .heartbeat(instance: "redis-1"), .service("redis", .start), .service("redis", .stop(graceSeconds: 1)),
        .service("a b/c", .restart(graceSeconds: nil)), .service("redis", .kill(signal: 15)),
        .service("redis", .pause), .service("redis", .unpause), .service("redis", .maintenance(seconds: 1800)),
        .service("redis", .releaseQuarantine),
    ])
    func everyCommandArrives(command: ControlCommand) throws {
        let running = try RunningServer()
        #expect(try running.client.perform(command) == .done("taken"))
        #expect(running.backend.commands == [command])
    }

    @Test func aStackOfSeveralMegabytesIsApplied() throws {
        let running = try RunningServer()
        let services = (0..<5000).map { number in
            Service(name: "service-\(number)", launch: LaunchSpecification(command: ["sleep", "1"]))
        }
        let request = ApplyRequest(
            stack: Stack(name: "shop", directory: "/srv/shop", services: services),
            source: ConfigurationSource(
                files: ["/srv/shop/compose.yaml"], projectDirectory: "/srv/shop", projectName: "shop"))
        #expect(try running.client.perform(.apply(request)) == .done("taken"))
        #expect(running.backend.commands == [.apply(request)])
    }

    @Test(arguments: [
        ControlReply.notFound("no service 'x'"), .refused("it is in quarantine"), .failed("disk full"),
    ])
    func everyReplyArrives(reply: ControlReply) throws {
        let running = try RunningServer(FakeBackend(reply: reply))
        #expect(try running.client.perform(.reload) == reply)
    }
}
