import Stack

import Engines
import Foundation
import Platform

extension FakeEngine {
    struct Container {
        var id: String
        var name: String
        /// The body of the call that made it.
        var body: JSONValue
        var image = "sha256:1111"
        var status = "created"
        var pid: Int32 = 0
        var startedAt: Int64 = 0
        var exitCode = 0
        var isOutOfMemory = false
        var networks: [String: String] = [:]
        var log: [String] = []

        var labels: [String: String] { (body["Labels"]?.members ?? [:]).compactMapValues(\.text) }
        var isRunning: Bool { ["running", "paused"].contains(status) }
    }

    struct Command {
        var container: String
        var body: JSONValue
        var isRunning = false
    }

    struct Event {
        var time: Int64
        var json: String
    }

    /// All that an engine has, and what the test has said that it is to do.
    struct World {
        let folder: String
        var generation = 0
        var listener: Int32 = -1
        var connections: Set<Int32> = []

        var containers: [String: Container] = [:]
        var networks: Set<String> = []
        var volumes: Set<String> = []
        var commands: [String: Command] = [:]
        var events: [Event] = []
        var requests: [Request] = []

        var refusals: [(text: String, status: Int, message: String)] = []
        /// Words of requests whose answers are kept back, though what they ask for is done.
        var held: Set<String> = []
        /// Whether SIGTERM ends containers.
        var endsAtOnce = true
        /// What commands print, and how they end.
        var commandOutput = "fine\n"
        var commandCode = 0

        private var lastTime: Int64 = 0
        private var nextNumber = 1

        init(folder: String) { self.folder = folder }

        mutating func now() -> Int64 {
            lastTime = max(lastTime + 1_000, Calendar.now())
            return lastTime
        }

        mutating func newID() -> String {
            defer { nextNumber += 1 }
            let digits = String(nextNumber, radix: 16)
            return "c" + String(repeating: "0", count: 63 - digits.count) + digits
        }

        mutating func newPID() -> Int32 {
            defer { nextNumber += 1 }
            // Above what a kernel gives.
            return 1 << 23 + Int32(nextNumber)
        }

        func isHeld(_ request: Request) -> Bool {
            held.contains { words in words.split(separator: " ").allSatisfy { request.line.contains($0) } }
        }

        mutating func emit(
            _ action: String, _ id: String, _ attributes: [String: String] = [:], time: Int64? = nil
        ) {
            let container = containers[id]
            var all = container?.labels ?? [:]
            all["name"] = container?.name
            all.merge(attributes) { $1 }
            let time = time ?? now()
            let event = JSONValue.object([
                "Type": .text("container"), "Action": .text(action), "timeNano": .integer(time),
                "time": .integer(time / 1_000_000_000),
                "Actor": .object(["ID": .text(id), "Attributes": .object(all.mapValues { .text($0) })]),
            ])
            events.append(Event(time: time, json: event.json))
        }

        mutating func begin(_ id: String) {
            let (time, pid) = (now(), newPID())
            containers[id]?.status = "running"
            containers[id]?.pid = pid
            containers[id]?.startedAt = time
            containers[id]?.exitCode = 0
            containers[id]?.isOutOfMemory = false
            for name in (containers[id]?.networks ?? [:]).keys {
                let address = newAddress()
                containers[id]?.networks[name] = address
            }
            emit("start", id)
        }

        mutating func newAddress() -> String {
            defer { nextNumber += 1 }
            return "172.18.\(nextNumber / 250).\(nextNumber % 250 + 2)"
        }

        /// Ends it, as if its first process had.
        mutating func end(_ id: String, code: Int, isTold: Bool = true) {
            guard containers[id]?.isRunning == true else { return }
            containers[id]?.status = "exited"
            containers[id]?.pid = 0
            containers[id]?.exitCode = code
            if isTold { emit("die", id, ["exitCode": "\(code)"]) }
        }
    }
}

extension FakeEngine {
    /// Does something with what it has.
    func change<Result: Sendable>(_ body: (inout World) -> sending Result) -> Result {
        world.withLock { world in body(&world) }
    }

    /// The requests so far that hold a text, `METHOD PATH?QUERY` each.
    func requests(_ text: String = "") -> [String] {
        world.withLock { $0.requests.map(\.line).filter { text.isEmpty || $0.contains(text) } }
    }

    /// The body of the last request that holds a text.
    func body(_ text: String) -> JSONValue? {
        world.withLock { $0.requests.last { $0.line.contains(text) }?.json }
    }

    /// A container that is there, made by `docker compose` unless labels say otherwise.
    @discardableResult
    func add(
        _ service: String, _ number: Int = 1, project: String = "shop", status: String = "running",
        labels: [String: String] = [:], body: String = #"{"Image":"nginx:1.27"}"#, restart: String = "no"
    ) -> String {
        change { world in
            let id = world.newID()
            var value = JSONValue(json: body) ?? .object([:])
            let own = [
                "com.docker.compose.project": project, "com.docker.compose.service": service,
                "com.docker.compose.container-number": "\(number)", "com.docker.compose.oneoff": "False",
            ]
            value["Labels"] = .object(own.merging(labels) { $1 }.mapValues { .text($0) })
            var host = value["HostConfig"] ?? .object([:])
            host["RestartPolicy"] = .object(["Name": .text(restart), "MaximumRetryCount": .integer(0)])
            value["HostConfig"] = host
            var container = Container(id: id, name: "\(project)-\(service)-\(number)", body: value)
            container.status = status
            container.networks = ["shop_default": world.newAddress()]
            // It has run for an hour.
            container.startedAt = Calendar.now() - 3_600_000_000_000
            container.pid = ["running", "paused"].contains(status) ? world.newPID() : 0
            world.containers[id] = container
            return id
        }
    }

    func id(of service: String, _ number: Int = 1) -> String? {
        world.withLock { world in
            world.containers.values.first {
                $0.labels["com.docker.compose.service"] == service
                    && $0.labels["com.docker.compose.container-number"] == "\(number)"
            }?.id
        }
    }

    /// `docker stop`.
    func stopByHand(_ id: String, signal: Int = 15, code: Int = 143, time: Int64? = nil) {
        change { world in
            world.emit("kill", id, ["signal": "\(signal)"], time: time)
            world.end(id, code: code, isTold: false)
            world.emit("die", id, ["exitCode": "\(code)"], time: time.map { $0 + 1_000 })
            world.emit("stop", id, time: time.map { $0 + 2_000 })
        }
    }

    /// `docker kill`.
    func killByHand(_ id: String, signal: Int = 9) {
        change { world in
            world.emit("kill", id, ["signal": "\(signal)"])
            world.end(id, code: 128 + signal)
        }
    }
}
