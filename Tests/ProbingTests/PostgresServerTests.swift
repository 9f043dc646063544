import Foundation
import Stack
import TestFolders
import Testing

@testable import Probing

/// The PostgreSQL probe against a real server.
@Suite struct PostgresServerTests {
    /// A PostgreSQL server on a free port with a user for each way to authenticate, all with the password `pencil`.
    private struct Server {
        private static let programs = "/usr/lib/postgresql/15/bin"

        let folder: TemporaryFolder
        let process: ServerProcess
        let port: UInt16

        init(_ options: [String: String] = [:], standby: Bool = false, ready: String = "ready to accept connections")
            throws
        {
            try ServerProcess.require(Self.programs + "/postgres", Self.programs + "/initdb", "setpriv")
            folder = TemporaryFolder()
            if getuid() == 0 { try folder.give(to: "postgres") }
            port = try ScriptedServer.freePort()
            let data = folder.path + "/data"
            try ServerProcess.run(
                Self.program("initdb") + [
                    "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "--no-instructions",
                ])
            try Self.users.write(toFile: folder.path + "/users.sql", atomically: false, encoding: .utf8)
            try ServerProcess.run(
                Self.program("postgres") + ["--single", "-D", data, "postgres"], input: folder.path + "/users.sql")
            try Self.access.write(toFile: data + "/pg_hba.conf", atomically: false, encoding: .utf8)
            if standby { try Data().write(to: URL(fileURLWithPath: data + "/standby.signal")) }
            let settings = ["port": "\(port)", "listen_addresses": "127.0.0.1", "fsync": "off"]
                .merging(["unix_socket_directories": folder.path]) { $1 }.merging(options) { $1 }
            let words = settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
            process = try ServerProcess(Self.program("postgres") + ["-D", data] + words, ready: ready)
        }

        func probe(user: String? = nil, password: String? = nil, database: String? = "postgres") -> Probe {
            .postgres(port: port, user: user, password: password, database: database)
        }

        /// PostgreSQL refuses to run as root.
        private static func program(_ name: String) -> [String] {
            let lesser = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            return (getuid() == 0 ? lesser : []) + ["\(programs)/\(name)"]
        }

        private static let users = """
            CREATE ROLE scram LOGIN PASSWORD 'pencil'
            SET password_encryption = 'md5'
            CREATE ROLE hashed LOGIN PASSWORD 'pencil'
            CREATE ROLE clear LOGIN PASSWORD 'pencil'
            CREATE ROLE trusted LOGIN

            """

        private static let access = """
            host all scram 127.0.0.1/32 scram-sha-256
            host all hashed 127.0.0.1/32 md5
            host all clear 127.0.0.1/32 password
            host all trusted 127.0.0.1/32 trust
            host all postgres 127.0.0.1/32 scram-sha-256

            """
    }

    @Test func authenticatesInEachWayAndLeavesQuietly() throws {
        let server = try Server(["log_connections": "off"])
        let rig = try ProbeRig()
        #expect(try rig.failure(of: server.probe()) == nil)
        for user in ["scram", "hashed", "clear"] {
            #expect(try rig.failure(of: server.probe(user: user, password: "pencil")) == nil)
            #expect(try rig.failure(of: server.probe(user: user)) == "password required")
        }
        #expect(try rig.failure(of: server.probe(user: "trusted")) == nil)
        // Smart shutdown: it first lets the sessions end that have been left but not yet noticed to be.
        server.process.stop(signal: SIGTERM)
        let said = server.process.text
        for complaint in ["FATAL", "ERROR", "unexpected EOF", "could not receive"] {
            #expect(!said.contains(complaint), "the server said: \(said)")
        }
    }

    @Test func tellsRefusalsApart() throws {
        let server = try Server()
        let rig = try ProbeRig()
        for user in ["scram", "hashed", "clear"] {
            #expect(try rig.failure(of: server.probe(user: user, password: "wrong")) == "password rejected")
        }
        let missing = try rig.failure(of: server.probe(user: "trusted", database: "nowhere"))
        #expect(missing == "database \"nowhere\" does not exist (3D000)")
        let stranger = try rig.failure(of: server.probe(user: "stranger", password: "x"))
        #expect(stranger?.contains("no pg_hba.conf entry") == true)
    }

    @Test func tellsTooManyConnections() throws {
        let server = try Server([
            "max_connections": "1", "superuser_reserved_connections": "0", "max_wal_senders": "0",
        ])
        let held = try HeldSession(port: server.port)
        let rig = try ProbeRig()
        let expected = "too many connections (sorry, too many clients already)"
        #expect(try rig.failure(of: server.probe(user: "scram", password: "pencil")) == expected)
        #expect(try rig.failure(of: server.probe()) == expected)
        withExtendedLifetime(held) {}
    }

    @Test func tellsThatTheServerTakesNoSessionsYet() throws {
        let server = try Server(["hot_standby": "off"], standby: true, ready: "entering standby mode")
        let reason = try #require(try ProbeRig().failure(of: server.probe()))
        #expect(reason.hasPrefix("the database system is"))
    }

    /// A session of `trusted` that stays open.
    private final class HeldSession {
        private let socket: ProbeSocket

        init(port: UInt16) throws {
            socket = try ProbeSocket(address: "127.0.0.1", port: port, network: nil)
            var ready = pollfd(fd: socket.descriptor, events: Int16(POLLOUT), revents: 0)
            poll(&ready, 1, 10_000)
            _ = socket.write(PostgresRequest.startup(user: "trusted", database: "postgres")[...])
            var buffer = InputBuffer()
            while true {
                while let message = try PostgresMessage.next(from: &buffer) {
                    if message == .readyForQuery { return }
                }
                ready.events = Int16(POLLIN)
                try #require(poll(&ready, 1, 10_000) == 1)
                let arrived = socket.read()
                try #require(arrived.0 != .end)
                try buffer.append(arrived.1)
            }
        }
    }
}
