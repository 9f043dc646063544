import Glibc
import Testing

@testable import Control

struct ActorTests {
    private func head(_ transport: RequestHead.Transport, peer: String?, agent: String? = nil) -> RequestHead {
        RequestHead(
            method: "POST", path: "/", headers: agent.map { [.init(name: "User-Agent", value: $0)] } ?? [],
            transport: transport, peer: peer)
    }

    @Test func theUserOfTheUnixSocketIsNamedWithTheVerb() throws {
        let running = try RunningServer()
        let user = try #require(getpwuid(geteuid()).flatMap { String(cString: $0.pointee.pw_name) })
        _ = try ControlClient(socketPath: running.socketPath, verb: "stop").perform(.reload)
        _ = try ControlClient(socketPath: running.socketPath).perform(.reload)
        #expect(running.backend.actors == ["\(user) by hale stop", user])
    }

    @Test func aHeartbeatOverTCPComesFromAnAddress() throws {
        let running = try RunningServer()
        _ = try running.ask("POST", "/v1/heartbeat/redis-1", headers: ["User-Agent: hale/0.1.0 stop"])
        #expect(running.backend.actors == ["127.0.0.1"])
    }

    @Test(arguments: [
        "curl/7.88", "hale/1", "hale/1 sudo reboot", "hale/1 st\u{7}op", "hale/1 Stop", "hale/1 st\nop",
        "hale/1 " + String(repeating: "x", count: 25), "",
    ])
    func whatAClientSaysOfItselfStaysOut(agent: String) {
        #expect(head(.unix, peer: "root", agent: agent).actor == "root")
    }

    @Test func whoCannotBeNamedIsDescribed() {
        #expect(head(.unix, peer: nil).actor == "the user who runs the stack")
        #expect(head(.tcp(localAddress: nil), peer: nil).actor == "a client over TCP")
    }
}
