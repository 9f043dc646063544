import Stack

import Engines
import Foundation
import Platform

extension FakeEngine.World {
    typealias Answer = FakeEngine.Answer
    typealias Request = FakeEngine.Request

    mutating func answer(_ request: Request) -> Answer {
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.first ?? "", parts.count) {
        case ("GET", "version", 1):
            return Answer(200, .object(["Version": .text("27.4.0"), "ApiVersion": .text("1.47")]))
        case ("GET", "info", 1): return Answer(200, .object(["DockerRootDir": .text(folder)]))
        case ("GET", "images", 3):
            let config = JSONValue.object(["Env": .list([.text("PATH=/bin")])])
            return Answer(200, .object(["Id": .text("sha256:1111"), "Config": config]))
        case ("GET", "containers", 2): return list(request)
        case ("POST", "containers", 2): return create(request)
        case (_, "containers", _): return container(request, parts)
        case (_, "exec", 3): return command(request, parts)
        case (_, "networks", _): return network(request, parts)
        case (_, "volumes", _): return volume(request, parts)
        default: return Answer(404, .object(["message": .text("page not found")]))
        }
    }

    // MARK: Containers

    private func list(_ request: Request) -> Answer {
        let wanted = labels(request)
        let found = containers.values.sorted { $0.id < $1.id }.filter { container in
            wanted.allSatisfy { container.labels[$0.key] == $0.value }
        }
        return Answer(
            200,
            .list(
                found.map { container in
                    .object([
                        "Id": .text(container.id), "Names": .list([.text("/\(container.name)")]),
                        "State": .text(container.status), "Labels": container.body["Labels"] ?? .null,
                        "NetworkSettings": .object(["Networks": places(container)]),
                    ])
                }))
    }

    private func labels(_ request: Request) -> [String: String] {
        let filters = request.query["filters"].flatMap { JSONValue(json: $0) }
        return (filters?["label"]?.items ?? []).compactMap(\.text).reduce(into: [:]) { labels, text in
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            labels[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
    }

    private func places(_ container: FakeEngine.Container) -> JSONValue {
        let endpoints = container.body["NetworkingConfig"]?["EndpointsConfig"]
        return .object(
            Dictionary(
                uniqueKeysWithValues: container.networks.map { name, address in
                    var place = endpoints?[name] ?? .object([:])
                    place["IPAddress"] = .text(container.isRunning ? address : "")
                    return (name, place)
                }))
    }

    private mutating func create(_ request: Request) -> Answer {
        let name = request.query["name"] ?? ""
        guard !containers.values.contains(where: { $0.name == name }) else {
            return Answer(409, .object(["message": .text("the name \(name) is in use")]))
        }
        var container = FakeEngine.Container(id: newID(), name: name, body: request.json)
        for network in (request.json["NetworkingConfig"]?["EndpointsConfig"]?.members ?? [:]).keys {
            container.networks[network] = newAddress()
        }
        containers[container.id] = container
        return Answer(201, .object(["Id": .text(container.id), "Warnings": .list([])]))
    }

    private func missing(_ id: String) -> Answer {
        Answer(404, .object(["message": .text("No such container: \(id)")]))
    }

    private mutating func container(_ request: Request, _ parts: [String]) -> Answer {
        let id = parts[1]
        guard let container = containers[id] else { return missing(id) }
        switch (request.method, parts.count > 2 ? parts[2] : "") {
        case ("GET", "json"): return Answer(200, inspect(container))
        case ("GET", "logs"): return log(container)
        case ("POST", "start"):
            guard !container.isRunning else { return Answer(304) }
            begin(id)
        case ("POST", "kill"): return kill(container, Int(request.query["signal"] ?? "") ?? 9)
        case ("POST", "pause"): freeze(container, true)
        case ("POST", "unpause"): freeze(container, false)
        case ("POST", "update"): return update(container, request.json)
        case ("PUT", "archive"): return Answer(200)
        case ("POST", "exec"):
            let command = newID()
            commands[command] = FakeEngine.Command(container: id, body: request.json)
            return Answer(201, .object(["Id": .text(command)]))
        case ("DELETE", ""):
            if container.isRunning {
                emit("kill", id, ["signal": "9"])
                end(id, code: 137)
            }
            emit("destroy", id)
            containers[id] = nil
        default: return Answer(404, .object(["message": .text("page not found")]))
        }
        return Answer(204)
    }

    private mutating func kill(_ container: FakeEngine.Container, _ signal: Int) -> Answer {
        guard container.isRunning else {
            return Answer(409, .object(["message": .text("container \(container.id) is not running")]))
        }
        emit("kill", container.id, ["signal": "\(signal)"])
        if signal == 9 || endsAtOnce { end(container.id, code: 128 + signal) }
        return Answer(204)
    }

    private mutating func freeze(_ container: FakeEngine.Container, _ isFrozen: Bool) {
        guard container.status == (isFrozen ? "running" : "paused") else { return }
        containers[container.id]?.status = isFrozen ? "paused" : "running"
        emit(isFrozen ? "pause" : "unpause", container.id)
    }

    private mutating func update(_ container: FakeEngine.Container, _ change: JSONValue) -> Answer {
        var host = container.body["HostConfig"] ?? .object([:])
        for (key, value) in change.members { host[key] = value }
        containers[container.id]?.body["HostConfig"] = host
        return Answer(200, .object(["Warnings": .list([])]))
    }

    private func inspect(_ container: FakeEngine.Container) -> JSONValue {
        var config = container.body
        config["HostConfig"] = nil
        config["NetworkingConfig"] = nil
        return .object([
            "Id": .text(container.id), "Name": .text("/\(container.name)"), "Image": .text(container.image),
            "HostsPath": .text("\(folder)/hosts-\(container.id)"), "Config": config,
            "HostConfig": container.body["HostConfig"] ?? .object([:]),
            "State": .object([
                "Status": .text(container.status), "Pid": .integer(Int64(container.pid)),
                "ExitCode": .integer(Int64(container.exitCode)), "OOMKilled": .boolean(container.isOutOfMemory),
                "StartedAt": .text(CalendarTime(nanoseconds: container.startedAt).text),
            ]),
            "NetworkSettings": .object(["Networks": places(container)]),
        ])
    }

    private func log(_ container: FakeEngine.Container) -> Answer {
        var answer = Answer(200)
        for line in container.log {
            let bytes = Array("\(CalendarTime(nanoseconds: container.startedAt).text) \(line)\n".utf8)
            answer.body += [1, 0, 0, 0, 0, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes
        }
        return answer
    }

    // MARK: Commands

    private mutating func command(_ request: Request, _ parts: [String]) -> Answer {
        guard let command = commands[parts[1]] else { return missing(parts[1]) }
        if parts[2] == "json" {
            return Answer(
                200,
                .object([
                    "Running": .boolean(command.isRunning), "Pid": .integer(Int64(Int32.max)),
                    "ExitCode": command.isRunning ? .null : .integer(Int64(commandCode)),
                ]))
        }
        var answer = Answer(200)
        let bytes = Array(commandOutput.utf8)
        answer.body = [1, 0, 0, 0, 0, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes
        return answer
    }

    // MARK: Networks and volumes

    private mutating func network(_ request: Request, _ parts: [String]) -> Answer {
        guard parts.count > 1 else { return Answer(200, .list(networks.sorted().map { .object(["Name": .text($0)]) })) }
        if parts[1] == "create" {
            networks.insert(request.json["Name"]?.text ?? "")
            return Answer(201, .object(["Id": .text("n")]))
        }
        guard networks.contains(parts[1]) else { return Answer(404, .object(["message": .text("no such network")])) }
        switch (request.method, parts.count > 2 ? parts[2] : "") {
        case ("GET", ""): return Answer(200, .object(["Name": .text(parts[1]), "Id": .text("n")]))
        case ("DELETE", ""): networks.remove(parts[1])
        case ("POST", "connect"):
            let id = request.json["Container"]?.text ?? ""
            guard containers[id] != nil else { return missing(id) }
            let address = newAddress()
            containers[id]?.networks[parts[1]] = address
            return Answer(200)
        default: return Answer(404, .object(["message": .text("page not found")]))
        }
        return Answer(204)
    }

    private mutating func volume(_ request: Request, _ parts: [String]) -> Answer {
        guard parts.count > 1 else {
            return Answer(200, .object(["Volumes": .list(volumes.sorted().map { .object(["Name": .text($0)]) })]))
        }
        if parts[1] == "create" {
            volumes.insert(request.json["Name"]?.text ?? "")
            return Answer(201, .object(["Name": request.json["Name"] ?? .null]))
        }
        guard volumes.contains(parts[1]) else { return Answer(404, .object(["message": .text("no such volume")])) }
        if request.method == "DELETE" {
            volumes.remove(parts[1])
            return Answer(204)
        }
        return Answer(200, .object(["Name": .text(parts[1])]))
    }
}
