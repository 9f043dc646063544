import Control
import Dispatch
import Foundation
import Stack
import Synchronization
import Testing

struct ControlServerTests {
    @Test func statusArrivesAsItWasSaid() throws {
        let running = try RunningServer()
        #expect(try running.client.status() == .example())
        let answer = try running.ask("GET", "/status")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.contains("Content-Type: application/json\r\n"))
        #expect(answer.contains(#""last_error":null"#))
        #expect(answer.contains(#""status_address":"127.0.0.1:10099""#))
        #expect(answer.contains(#""stack":"shop","status":"healthy""#))
    }

    @Test(arguments: [
        ControlCommand.reload, .releaseStack, .down(graceSeconds: 2.5, volumes: true),
        .down(graceSeconds: nil, volumes: false),
        .heartbeat(instance: "redis-1"), .service("redis", .start), .service("redis", .stop(graceSeconds: 1)),
        .service("a b/c", .restart(graceSeconds: nil)), .service("redis", .kill(signal: 15)),
        .service("redis", .pause), .service("redis", .unpause), .service("redis", .maintenance(seconds: 1800)),
        .pauseHealing(seconds: 1800),
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

    @Test func headAnswersWithoutBody() throws {
        let answer = try RunningServer().ask("HEAD", "/status")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
    }

    @Test func aStrangeHostIsRefusedOverTCP() throws {
        let running = try RunningServer()
        let answer = try running.ask("GET /status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 421 "))
        #expect(answer.contains("application/problem+json"))
        #expect(answer.contains("shop") == false)
    }

    @Test func changesAreRefusedOverTCP() throws {
        let running = try RunningServer()
        let body = #"{"command":"down"}"#
        let headers = ["Content-Length: \(body.utf8.count)"]
        #expect(try running.ask("POST", "/v1/commands", headers: headers, body: body).hasPrefix("HTTP/1.1 403 "))
        #expect(running.backend.commands.isEmpty)
        #expect(try running.ask("POST", "/v1/heartbeat/redis-1").hasPrefix("HTTP/1.1 204 "))
        #expect(running.backend.commands == [.heartbeat(instance: "redis-1")])
    }

    @Test func anotherSocketTakesThePlaceOfTheFirst() throws {
        let running = try RunningServer()
        let another = try TestSockets.listenTCP()
        #expect(running.server.serve(tcp: another.descriptor) == nil)
        let descriptor = try TestSockets.connect(port: another.port)
        close(descriptor)
        let request = "GET /livez HTTP/1.0\r\n\r\n"
        let answer = try TestSockets.exchange(port: another.port, Array(request.utf8))
        #expect(String(decoding: answer, as: UTF8.self).hasSuffix("ok\n"))
        #expect(try running.client.get("/livez") == "ok\n")
    }

    @Test func theListeningSocketOutlivesTheServer() throws {
        let socket = try TestSockets.listenTCP()
        let keepers = dup(socket.descriptor)
        defer { close(keepers) }
        let first = ControlServer(backend: FakeBackend())
        #expect(first.serve(tcp: socket.descriptor) == nil)
        first.stop()
        let second = ControlServer(backend: FakeBackend())
        #expect(second.serve(tcp: dup(keepers)) == nil)
        defer { second.stop() }
        let answer = try TestSockets.exchange(port: socket.port, Array("GET /livez HTTP/1.0\r\n\r\n".utf8))
        #expect(String(decoding: answer, as: UTF8.self).hasSuffix("ok\n"))
    }

    @Test func whatDoesNotListenIsNotServed() throws {
        let server = ControlServer(backend: FakeBackend())
        #expect(server.serve(tcp: -1) != nil)
        #expect(server.serve(unix: 1_000_000) != nil)
        let plain = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(plain) }
        #expect(server.serve(tcp: plain) != nil)
    }

    @Test func aRequestInProgressIsAnsweredBeforeTheEnd() throws {
        let running = try RunningServer()
        let gate = running.backend.holdCommands()
        let client = running.client
        let asked = Asked(client)
        gate.waitUntilHeld()
        running.server.stopTCP()
        #expect(try client.get("/livez") == "ok\n")
        gate.release()
        running.server.stop(patience: .seconds(10))
        #expect(asked.reply() == .done("taken"))
    }
}

/// Asks on a thread of its own.
private final class Asked: Sendable {
    private let answer = Mutex<ControlReply?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    init(_ client: ControlClient) {
        Thread.detachNewThread { [self] in
            let reply = try? client.perform(.reload)
            answer.withLock { $0 = reply }
            ended.signal()
        }
    }

    func reply() -> ControlReply? {
        ended.wait()
        return answer.withLock { $0 }
    }
}
