import Control
import Foundation
import Stack
import Testing

@testable import Commands

@Suite struct PsRecordTests {
    @Test func everyLineIsAnObjectWithComposesKeys() throws {
        let service = Samples.service(
            Samples.instance("redis-1", .running, .healthy, pid: 42, started: Samples.after),
            Samples.instance("redis-2", .backoff, .starting, exitCode: 137),
            ports: [PortStatus(address: "0.0.0.0", published: 10_011, target: 6379, transport: "tcp")],
            image: "redis:7")
        let lines = try PsRecord.lines(
            Samples.status(["redis": service]), services: ["redis"], stack: Samples.stack(["redis": []]))
        #expect(lines.count == 2)
        let first = try object(lines[0])
        #expect(first["Service"] as? String == "redis")
        #expect(first["Name"] as? String == "shop-redis-1")
        #expect(first["Project"] as? String == "shop")
        #expect(first["Image"] as? String == "redis:7")
        #expect(first["Command"] as? String == "redis")
        #expect(first["State"] as? String == "running")
        #expect(first["Health"] as? String == "healthy")
        #expect(first["ExitCode"] as? Int == 0)
        #expect(first["PID"] as? Int == 42)
        let publisher = try #require((first["Publishers"] as? [[String: Any]])?.first)
        #expect(publisher["URL"] as? String == "0.0.0.0")
        #expect(publisher["TargetPort"] as? Int == 6379)
        #expect(publisher["PublishedPort"] as? Int == 10_011)
        #expect(publisher["Protocol"] as? String == "tcp")
        let second = try object(lines[1])
        #expect(second["State"] as? String == "restarting")
        #expect(second["Lifecycle"] as? String == "backoff")
        #expect(second["ExitCode"] as? Int == 137)
    }

    @Test(arguments: [
        (Lifecycle.pending, "created"), (.waiting, "created"), (.starting, "created"), (.running, "running"),
        (.stopping, "running"), (.backoff, "restarting"), (.paused, "paused"), (.stopped, "exited"),
        (.completed, "exited"), (.failed, "exited"), (.quarantined, "exited"),
    ])
    func everyStateHasAWordOfComposes(state: Lifecycle, word: String) throws {
        let status = Samples.status(["a": Samples.service(Samples.instance("a-1", state))])
        let lines = try PsRecord.lines(status, services: ["a"], stack: nil)
        #expect(try object(lines[0])["State"] as? String == word)
    }

    private func object(_ line: String) throws -> [String: Any] {
        #expect(!line.contains("\n"))
        return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
}
