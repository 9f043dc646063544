import Foundation
import Platform
import Stack
import Testing

@testable import Probing

/// The prober against servers that misbehave in each way.
@Suite struct ProberTests {
    private static let native: [@Sendable (UInt16) -> Probe] = [
        { .tcp(port: $0) }, { .http(HTTPProbe(port: $0)) }, { .http(HTTPProbe(port: $0, tls: true)) },
        { .postgres(port: $0, user: nil, password: nil, database: nil) },
        { .redis(port: $0, user: nil, password: "p", writable: true) }, { .bolt(port: $0, user: "u", password: "p") },
        { .ollama(port: $0, model: "m") }, { .grpc(port: $0, service: "") },
    ]
    private static let answering = native.indices.dropFirst()

    @Test(arguments: native.indices)
    func saysThatNobodyListens(index: Int) throws {
        let server = try ScriptedServer(.ignore)
        defer { server.stop() }
        #expect(try ProbeRig().failure(of: Self.native[index](server.port)) == "connection refused")
    }

    @Test(arguments: answering)
    func saysThatNoAnswerCame(index: Int) throws {
        let server = try ScriptedServer(.stayQuiet)
        defer { server.stop() }
        let reason = try ProbeRig().failure(of: Self.native[index](server.port), timeout: .milliseconds(150))
        let progress = index == 2 ? "no TLS connection" : "connected, no answer"
        #expect(reason == "timed out after 150 ms (\(progress))")
    }

    @Test(arguments: answering)
    func saysThatTheConnectionWasClosed(index: Int) throws {
        let server = try ScriptedServer(.hangUp)
        defer { server.stop() }
        let reason = try ProbeRig().failure(of: Self.native[index](server.port))
        #expect(reason?.contains("timed out") == false)
    }

    @Test(arguments: answering)
    func endsFloods(index: Int) throws {
        for byte in [0, 0x2B, 0x48, 0x4E] as [UInt8] {
            let server = try ScriptedServer(.flood([UInt8](repeating: byte, count: 4096)))
            defer { server.stop() }
            let reason = try ProbeRig().failure(of: Self.native[index](server.port))
            #expect(reason != nil && reason?.contains("timed out") == false)
        }
    }

    @Test(arguments: answering)
    func saysThatTheProtocolIsAnother(index: Int) throws {
        let server = try ScriptedServer(.say(Array("220 mail.example ESMTP\r\n".utf8)))
        defer { server.stop() }
        let reason = try ProbeRig().failure(of: Self.native[index](server.port), timeout: .milliseconds(500))
        #expect(reason != nil)
    }

    @Test func passesWhereSomebodyAccepts() throws {
        let server = try ScriptedServer(.stayQuiet)
        defer { server.stop() }
        guard case .passed(let took) = try ProbeRig().outcome(of: .tcp(port: server.port)) else {
            Issue.record("not passed")
            return
        }
        #expect(took > .zero && took < .seconds(10))
    }

    @Test(arguments: ["localhost", "", "127.0.0.1; rm", "127.0.0.256"])
    func wantsANumericAddress(address: String) throws {
        for probe in [Probe.tcp(port: 1), .http(HTTPProbe(port: 1))] {
            let reason = try ProbeRig().failure(of: probe, address: address)
            #expect(reason == "malformed address \"\(address)\"")
        }
    }

    @Test(arguments: [Probe.command(["true"]), .shell("true"), .heartbeat(every: .seconds(1))])
    func leavesOtherProbesAlone(probe: Probe) throws {
        #expect(try ProbeRig().failure(of: probe) == "not a native probe")
    }

    @Test func neverCompletesWhatWasCancelled() throws {
        let quiet = try ScriptedServer(.stayQuiet)
        defer { quiet.stop() }
        let rig = try ProbeRig()
        var completions = 0
        for make in Self.native.dropFirst() {
            let handle = rig.prober.start(make(quiet.port), address: "127.0.0.1", timeout: .milliseconds(20)) { _ in
                completions += 1
            }
            rig.prober.cancel(handle)
            rig.prober.cancel(handle)
        }
        // Later than all of those by its own timeout.
        _ = try rig.outcome(
            of: .redis(port: quiet.port, user: nil, password: nil, writable: false), timeout: .milliseconds(100))
        #expect(completions == 0)
    }

    @Test func runsManyAtATime() throws {
        let server = try ScriptedServer(.stayQuiet)
        defer { server.stop() }
        let rig = try ProbeRig()
        var passed = 0
        for _ in 0..<200 {
            _ = rig.prober.start(.tcp(port: server.port), address: "127.0.0.1", timeout: .seconds(10)) { outcome in
                if case .passed = outcome { passed += 1 }
            }
        }
        for _ in 0..<200 { rig.runNext() }
        #expect(passed == 200)
    }

    @Test func completesOnItsReactor() throws {
        let server = try ScriptedServer(.stayQuiet)
        defer { server.stop() }
        let reactor = try Reactor()
        let prober = try Prober(reactor: reactor)
        var outcomes: [ProbeOutcome] = []
        let refused = try ScriptedServer.freePort()
        for port in [server.port, refused] {
            _ = prober.start(.tcp(port: port), address: "127.0.0.1", timeout: .seconds(10)) {
                outcomes.append($0)
                if outcomes.count == 2 { reactor.stop() }
            }
        }
        #expect(outcomes.isEmpty)
        reactor.run()
        #expect(outcomes.contains(.failed("connection refused")))
    }

    @Test func speaksIPv6() throws {
        let port = try ScriptedServer.freePort()
        for probe in [Probe.tcp(port: port), .http(HTTPProbe(port: port))] {
            // A machine without IPv6 refuses in other words.
            let reason = try #require(try ProbeRig().failure(of: probe, address: "::1"))
            #expect(!reason.contains("malformed"))
        }
    }

    @Test func completionsDieWithTheProber() throws {
        var completions = 0
        var rig: ProbeRig? = try ProbeRig()
        _ = rig?.prober.start(.tcp(port: 1), address: "127.0.0.1", timeout: .seconds(1)) { _ in completions += 1 }
        rig = nil
        #expect(completions == 0)
    }

    /// Alone in a process, so that no other test's descriptors are counted.
    @Test func leaksNoDescriptor() async {
        await #expect(processExitsWith: .success) {
            // The first round opens what the libraries keep for good.
            try Self.probeInEachWay()
            let before = try Self.openDescriptors()
            for _ in 0..<5 { try Self.probeInEachWay() }
            let after = try Self.openDescriptors()
            guard after != before else { return }
            print("before: \(before)\nafter: \(after)")
            exit(EXIT_FAILURE)
        }
    }

    /// What each open descriptor refers to. Numbers are left out, as sockets and pipes have a new one each time.
    private static func openDescriptors() throws -> [String] {
        let folder = "/proc/self/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
            return target?.filter { !$0.isNumber }
        }.sorted()
    }

    /// Passes, fails, times out, cancels, and lets a prober go while it works.
    private static func probeInEachWay() throws {
        let quiet = try ScriptedServer(.stayQuiet)
        let closing = try ScriptedServer(.hangUp)
        let refusing = try ScriptedServer(.ignore)
        defer { for server in [quiet, closing, refusing] { server.stop() } }
        let rig = try ProbeRig()
        for make in native {
            for server in [closing, refusing] { _ = try rig.outcome(of: make(server.port)) }
            _ = try rig.outcome(of: make(quiet.port), timeout: .milliseconds(20))
            let handle = rig.prober.start(make(quiet.port), address: "127.0.0.1", timeout: .seconds(5)) { _ in }
            rig.prober.cancel(handle)
        }
        _ = rig.prober.start(native[1](quiet.port), address: "127.0.0.1", timeout: .seconds(5)) { _ in }
    }
}
