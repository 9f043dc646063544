import Stack

import Engines
import Foundation
import Glibc
import Platform
import Synchronization

/// A container engine of a test's own: it answers at a unix socket what a runtime asks, and does what the test says.
///
/// Every connection is one request (HTTP/1.1 with `Connection: close`) on a thread of its own.
final class FakeEngine: Sendable {
    let socket: String
    let folder: String
    let world: Mutex<World>

    init(in folder: String) throws {
        self.folder = folder
        socket = folder + "/engine.sock"
        world = Mutex(World(folder: folder))
        try start()
    }

    // MARK: Being there

    /// Listens, with all that it had before.
    func start() throws {
        let listener = try listenSocket(at: .unix(socket))
        let generation = world.withLock { world in
            world.generation += 1
            world.listener = listener
            return world.generation
        }
        DetachedThread.run { self.accept(listener, generation) }
    }

    /// Goes away with all connections; what it has stays.
    func stop() {
        world.withLock { world in
            world.generation += 1
            for connection in world.connections { shutdown(connection, Int32(SHUT_RDWR)) }
        }
        unlink(socket)
    }

    private func accept(_ listener: Int32, _ generation: Int) {
        defer { close(listener) }
        while isPresent(generation) {
            var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 5) > 0 else { continue }
            let connection = Glibc.accept(listener, nil, nil)
            guard connection >= 0 else { continue }
            let isTaken = world.withLock { world in
                guard world.generation == generation else { return false }
                world.connections.insert(connection)
                return true
            }
            guard isTaken else {
                close(connection)
                continue
            }
            DetachedThread.run {
                self.serve(connection, generation)
                self.world.withLock { _ = $0.connections.remove(connection) }
                close(connection)
            }
        }
    }

    private func isPresent(_ generation: Int) -> Bool { world.withLock { $0.generation == generation } }

    // MARK: Answering

    private func serve(_ connection: Int32, _ generation: Int) {
        guard let request = read(connection) else { return }
        if request.path == "/events" { return tellEvents(request, connection, generation) }
        let answer = answer(request)
        while isPresent(generation), world.withLock({ $0.isHeld(request) }) { usleep(1_000) }
        guard isPresent(generation) else { return }
        let head =
            "HTTP/1.1 \(answer.status) Because\r\nContent-Length: \(answer.body.count)\r\nConnection: close\r\n\r\n"
        _ = send(Array(head.utf8) + answer.body, connection)
    }

    private func answer(_ request: Request) -> Answer {
        world.withLock { world in
            world.requests.append(request)
            if let refusal = world.refusals.first(where: { request.line.contains($0.text) }) {
                return Answer(refusal.status, JSONValue.object(["message": .text(refusal.message)]))
            }
            return world.answer(request)
        }
    }

    private func tellEvents(_ request: Request, _ connection: Int32, _ generation: Int) {
        guard send(Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".utf8), connection) else { return }
        let since = request.query["since"].map(Self.time) ?? 0
        let until = request.query["until"].map(Self.time)
        var next = 0
        while isPresent(generation) {
            let events = world.withLock { Array($0.events[next...]) }
            next += events.count
            for event in events where event.time >= since && until.map({ event.time <= $0 }) ?? true {
                guard send(Array((event.json + "\n").utf8), connection) else { return }
            }
            if until != nil { return }
            usleep(1_000)
        }
    }

    /// `SECONDS` or `SECONDS.NANOSECONDS` since 1970.
    private static func time(_ text: String) -> Int64 {
        let parts = text.split(separator: ".").compactMap { Int64($0) }
        return (parts.first ?? 0) * 1_000_000_000 + (parts.count > 1 ? parts[1] : 0)
    }

    private func read(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let request = Request(bytes) { return request }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }

    private func send(_ bytes: [UInt8], _ connection: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

extension FakeEngine {
    struct Request {
        var method: String
        /// Without the version of the API.
        var path: String
        var query: [String: String]
        var body: [UInt8]
        /// Method, path and query, as they came.
        var line: String

        var json: JSONValue { JSONValue(json: String(decoding: body, as: UTF8.self)) ?? .null }

        /// Nil until all of it is there.
        init?(_ bytes: [UInt8]) {
            let text = String(decoding: bytes, as: UTF8.self)
            let end = Array("\r\n\r\n".utf8)
            guard let head = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return nil }
            let lines = String(decoding: bytes[..<head], as: UTF8.self).components(separatedBy: "\r\n")
            let length = lines.compactMap { line -> Int? in
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
                return Int(parts[1].trimmingCharacters(in: .whitespaces))
            }.first
            body = Array(bytes[(head + end.count)...])
            guard body.count >= length ?? 0 else { return nil }
            let words = (lines.first ?? text).split(separator: " ").map(String.init)
            guard words.count >= 2 else { return nil }
            method = words[0]
            var target = words[1]
            if target.hasPrefix("/v1.") { target = "/" + target.dropFirst().drop { $0 != "/" }.dropFirst() }
            line = "\(method) \(target)"
            let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
            path = parts[0].removingPercentEncoding ?? parts[0]
            query = [:]
            for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
                let pair = pair.split(separator: "=", maxSplits: 1).map(String.init)
                query[pair[0]] = pair.count > 1 ? pair[1].removingPercentEncoding : ""
            }
        }
    }

    struct Answer {
        var status: Int
        var body: [UInt8]

        init(_ status: Int, _ body: JSONValue? = nil) {
            self.status = status
            self.body = Array((body?.json ?? "").utf8)
        }
    }
}
