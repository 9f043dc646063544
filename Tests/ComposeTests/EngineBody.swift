public import Compose
import Foundation
import Stack
import Testing

extension ComposeValue: Decodable {
    /// A value of a JSON text.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? value.decode(Int64.self) {
            self = .integer(number)
        } else if let number = try? value.decode(Double.self) {
            self = .double(number)
        } else if let text = try? value.decode(String.self) {
            self = .string(text)
        } else if let items = try? value.decode([ComposeValue].self) {
            self = .list(items)
        } else {
            var map = ComposeMap()
            for (key, item) in try value.decode([String: ComposeValue].self) { map[key] = item }
            self = .map(map)
        }
    }

    /// The value that a JSON text has.
    static func json(_ text: String) throws -> ComposeValue {
        try JSONDecoder().decode(ComposeValue.self, from: Data(text.utf8))
    }
}

/// A service as an engine is asked for it.
struct Lowered {
    let stack: Stack
    let service: Service
    let container: ContainerSpecification
    let body: ComposeValue

    init(_ project: ComposeProject, _ name: String = "web") throws {
        stack = try project.stack(runtime: .containers)
        service = try #require(stack.services[name])
        container = try #require(service.launch.container)
        body = try .json(container.configuration)
    }

    /// The service `web` with an image and what `keys` say besides; `top` is what stands beside the services.
    init(web keys: String, top: String = "", environment: [String: String] = [:]) throws {
        try self.init(
            load("{services: {web: {image: x, \(keys)}, other: {image: y}}, \(top)}", environment: environment))
    }

    var host: ComposeValue { body["HostConfig"] ?? .null }
}

/// What is said of a project that cannot be lowered for an engine.
func engineComplaint(_ text: String, environment: [String: String] = [:]) throws -> String {
    let project = try load(text, environment: environment)
    let error = #expect(throws: ComposeError.self) { try project.stack(runtime: .containers) }
    return try #require(error).description
}
