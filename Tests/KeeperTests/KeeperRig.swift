import CLinux
import Foundation
import Glibc
import Platform
import Stack
import Testing
import Wire

@testable import Keeper

/// A keeper with a healer's connection to it, on one thread. To be used in a process of its own: a keeper waits for
/// every child it finds.
final class KeeperRig {
    let folder: String
    let locations: Locations
    let reactor: Reactor
    private(set) var keeper: Keeper?
    private(set) var healer: Peer?

    /// In a folder of its own, or in that of a keeper that is gone.
    init(folder: String? = nil) throws {
        self.folder = folder ?? "/tmp/hale-\(UInt32.random(in: 0 ... .max))"
        locations = Locations(
            project: "rig", environment: ["HALE_STATE": self.folder + "/s", "HALE_RUNTIME": self.folder + "/r"])
        for place in [locations.children, locations.pipes, locations.notifySockets, locations.logs, locations.ownLogs] {
            try makeFolders(place)
        }
        // Stands for the binary: whatever role it is to be, it waits.
        try writeFileAtomically(Array("#!/bin/sh\nexec sleep 1000\n".utf8), to: self.folder + "/role", mode: 0o755)
        _ = hale_become_subreaper()
        reactor = try Reactor()
        let runtime = try #require(try RuntimeFolder(locations))
        let keeper = try Keeper(
            reactor: reactor, locations: locations, folder: runtime, executable: self.folder + "/role")
        try keeper.start()
        self.keeper = keeper
        healer = try connect(.healer)
        healer?.wait { if case .welcome = $0 { true } else { false } }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Another connection to the keeper.
    func connect(_ role: Role) throws -> Peer {
        let peer = Peer(
            reactor: reactor, connection: try FramedConnection.connect(to: locations.keeperSocket, reactor: reactor))
        peer.send(.hello(role))
        return peer
    }

    /// Replaces the healer's connection; the former one is closed first.
    func reconnect() throws {
        healer?.connection.close()
        healer = nil
        healer = try connect(.healer)
    }

    func send(_ request: KeeperRequest) { healer?.send(request) }

    // MARK: Processes

    private var nextRun = 0

    /// Has the keeper run a shell's script, and waits until it runs; nil where it does not.
    @discardableResult
    func start(
        _ script: String, kind: ProcessID.Kind = .service, cgroup: CgroupRequest? = nil, deadline: Duration? = nil,
        change: (inout SpawnRequest) -> Void = { _ in }
    ) -> ProcessID {
        nextRun += 1
        var request = SpawnRequest(
            process: ProcessID(kind, InstanceID("job", 1), run: nextRun), arguments: ["sh", "-c", script],
            environment: ["PATH=/usr/local/bin:/usr/bin:/bin", "HALE_INSTANCE=job-1"], workingDirectory: "/",
            cgroup: cgroup,
            output: kind == .service
                ? .log(path: locations.logs + "/job-1.log", size: 1 << 20, files: 3) : .capture(limit: 4_096),
            deadline: deadline)
        change(&request)
        send(.spawn(request))
        return request.process
    }

    struct End: Equatable {
        var status: Wire.ExitStatus
        var outOfMemory = false
        var output = ""
        var successor: ExitRecord.Successor?
    }

    /// Waits for the end of a process.
    func end(of process: ProcessID) -> End? {
        var end: End?
        healer?.wait { event in
            guard case .exited(let record) = event, record.process == process else { return false }
            end = End(
                status: record.status, outOfMemory: record.outOfMemory,
                output: String(decoding: record.output, as: UTF8.self), successor: record.successor)
            return true
        }
        send(.acknowledgeExit(process: process))
        return end
    }

    /// The pid of a process once it runs.
    func pid(of process: ProcessID) -> Int32? {
        var found: Int32?
        healer?.wait { event in
            guard case .spawned(process, let pid, _) = event else { return false }
            found = pid
            return true
        }
        return found
    }

    /// The texts of the lines in a log, oldest file first.
    func log(_ name: String = "job-1.log") -> [String] {
        var bytes: [UInt8] = []
        for number in stride(from: 9, to: 0, by: -1) {
            bytes += (try? readWholeFile("\(locations.logs)/\(name).\(number)")) ?? []
        }
        bytes += (try? readWholeFile("\(locations.logs)/\(name)")) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Waits until `text` has been written to a file that a script writes.
    func contents(of path: String, lines: Int) -> [String] {
        var found: [String] = []
        turn {
            let bytes = (try? readWholeFile(path)) ?? []
            found = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
            return found.count >= lines && bytes.last == UInt8(ascii: "\n")
        }
        return found
    }

    /// Turns the reactor until `done`, for 20 s at the most.
    @discardableResult
    func turn(until done: () -> Bool) -> Bool { reactor.turn(until: done) }

    /// Ends the keeper as SIGTERM does: what it started lives on.
    func leave() {
        pthread_kill(pthread_self(), SIGTERM)
        reactor.run()
        healer?.connection.close()
        healer = nil
        keeper = nil
    }

    /// Ends the keeper and all it started.
    func shutDown() {
        send(.shutDown(killChildren: true))
        reactor.run()
    }

    static func isGone(_ pid: Int32) -> Bool {
        let state = ProcessFacts.state(of: pid)
        return state == nil || state == "Z"
    }
}

/// A role's end of a connection, and what it was told that nobody has asked about yet.
final class Peer {
    let reactor: Reactor
    let connection: FramedConnection
    private(set) var events: [(event: KeeperEvent, descriptor: Int32?)] = []
    private(set) var isClosed = false

    init(reactor: Reactor, connection: FramedConnection) {
        self.reactor = reactor
        self.connection = connection
        connection.onFrame = { [unowned self] frame, descriptor in
            if let event = KeeperEvent(decoding: frame) { events.append((event, descriptor)) }
        }
        connection.onClose = { [unowned self] in isClosed = true }
    }

    func send(_ request: KeeperRequest) { connection.send(request.encoded()) }

    /// Takes the first event that matches, as soon as there is one; false where none came within 20 s.
    @discardableResult
    func wait(for matches: (KeeperEvent) -> Bool) -> Bool {
        take(matches) != nil
    }

    func take(_ matches: (KeeperEvent) -> Bool) -> (event: KeeperEvent, descriptor: Int32?)? {
        var place: Int?
        reactor.turn {
            place = events.firstIndex { matches($0.event) }
            return place != nil
        }
        return place.map { events.remove(at: $0) }
    }
}

extension Reactor {
    @discardableResult
    func turn(until done: () -> Bool) -> Bool {
        let limit = Instant.now() + .seconds(20)
        while !done() {
            guard Instant.now() < limit else { return false }
            turn(limit: .milliseconds(20))
        }
        return true
    }
}

extension KeeperEvent {
    func isEnd(of process: ProcessID, _ status: Wire.ExitStatus? = nil) -> Bool {
        guard case .exited(let record) = self else { return false }
        return record.process == process && (status == nil || record.status == status)
    }
}
