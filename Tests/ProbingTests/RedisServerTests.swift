import Foundation
import Stack
import TestFolders
import Testing

@testable import Probing

/// The Redis probe against real servers.
@Suite struct RedisServerTests {
    /// A redis-server on a free port.
    private struct Server {
        let folder: TemporaryFolder
        let process: ServerProcess
        let port: UInt16

        init(
            _ options: [String] = [], folder: TemporaryFolder? = nil, ready: String = "Ready to accept connections"
        ) throws {
            try ServerProcess.require("redis-server", "redis-cli")
            let folder = folder ?? TemporaryFolder()
            let port = try ScriptedServer.freePort()
            let basics = ["--bind", "127.0.0.1", "--port", "\(port)", "--dir", folder.path]
            process = try ServerProcess(["redis-server"] + basics + options, ready: ready)
            self.folder = folder
            self.port = port
        }

        func command(_ words: String...) throws -> String {
            try ServerProcess.run(["redis-cli", "-p", "\(port)"] + words)
        }

        func probe(user: String? = nil, password: String? = nil, writable: Bool = false) -> Probe {
            .redis(port: port, user: user, password: password, writable: writable)
        }
    }

    @Test func passesAndWritesNothing() throws {
        let server = try Server(["--save", "", "--appendonly", "yes"])
        let rig = try ProbeRig()
        #expect(try rig.failure(of: server.probe()) == nil)
        #expect(try rig.failure(of: server.probe(writable: true)) == nil)
        #expect(try server.command("DBSIZE") == "0\n")
        #expect(try server.command("INFO", "persistence").contains("rdb_changes_since_last_save:0\r\n"))
    }

    @Test func tellsPasswordsApart() throws {
        let server = try Server(["--save", "", "--requirepass", "secret"])
        let rig = try ProbeRig()
        #expect(try rig.failure(of: server.probe(password: "secret", writable: true)) == nil)
        #expect(try rig.failure(of: server.probe(user: "default", password: "secret")) == nil)
        #expect(try rig.failure(of: server.probe()) == "password required")
        #expect(try rig.failure(of: server.probe(password: "wrong")) == "password rejected")
        #expect(try rig.failure(of: server.probe(user: "nobody", password: "secret")) == "password rejected")
    }

    @Test func saysThatNoPasswordIsSet() throws {
        let server = try Server(["--save", ""])
        let reason = try ProbeRig().failure(of: server.probe(password: "secret"))
        #expect(reason == "a password is given but the server has none")
    }

    @Test func tellsReplicasApart() throws {
        let port = try ScriptedServer.freePort()
        let stale = ["--save", "", "--replicaof", "127.0.0.1 \(port)", "--replica-serve-stale-data"]
        let rig = try ProbeRig()
        let serving = try Server(stale + ["yes"])
        #expect(try rig.failure(of: serving.probe()) == nil)
        #expect(try rig.failure(of: serving.probe(writable: true)) == "read only: a replica takes no writes")
        let refusing = try Server(stale + ["no"])
        let reason = try rig.failure(of: refusing.probe())
        #expect(reason?.hasPrefix("replica without its master (") == true)
    }

    @Test func tellsThatMemoryIsFull() throws {
        let server = try Server(["--save", "", "--maxmemory", "1"])
        let rig = try ProbeRig()
        #expect(try rig.failure(of: server.probe()) == nil)
        let reason = try rig.failure(of: server.probe(writable: true))
        #expect(reason == "takes no writes: out of memory under maxmemory")
    }

    @Test func tellsThatSnapshotsFail() throws {
        let server = try Server(["--save", "3600 1"])
        // It does not end by itself while it cannot save.
        defer { server.process.stop(signal: SIGKILL) }
        try FileManager.default.removeItem(atPath: server.folder.path)
        _ = try server.command("BGSAVE")
        try server.process.wait(for: "Background saving error")
        let reason = try ProbeRig().failure(of: server.probe())
        #expect(reason?.hasPrefix("takes no writes (") == true)
    }

    @Test func tellsHowFarLoadingIs() throws {
        let folder = TemporaryFolder()
        let first = try Server(["--enable-debug-command", "yes"], folder: folder)
        _ = try first.command("DEBUG", "POPULATE", "20000", "key", "100")
        _ = try first.command("SAVE")
        first.process.stop()
        // One millisecond a key: loading goes on long beyond the probe.
        let slow = ["--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"]
        let second = try Server(slow, folder: folder, ready: "Loading RDB")
        defer { second.process.stop(signal: SIGKILL) }
        let reason = try #require(try ProbeRig().failure(of: second.probe(writable: true)))
        #expect(reason.wholeMatch(of: /loading \d+ %/) != nil)
    }
}
