import Stack
import Testing

@testable import Control

struct OpenAPITests {
    private var paths: JSONValue? { OpenAPIDocument.value["paths"] }

    @Test(arguments: Endpoint.allCases)
    func everyEndpointIsInTheDocument(endpoint: Endpoint) throws {
        let item = try #require(paths?[endpoint.rawValue])
        let methods = item.keys.map { $0.uppercased() }
        #expect(methods == endpoint.methods.filter { $0 != "HEAD" })
        let operation = try #require(item[item.keys.first ?? ""])
        #expect((operation["security"] != nil) == (endpoint.access == .token))
        #expect(
            (operation["requestBody"] != nil) == (endpoint.takesJSON || [.commands, .apply].contains(endpoint)))
    }

    @Test func everythingInTheDocumentIsAnswered() throws {
        let paths = try #require(paths)
        #expect(paths.keys == Endpoint.allCases.map(\.rawValue).sorted())
        for path in paths.keys {
            let concrete = path.replacing("{service}", with: "redis").replacing("{instance}", with: "redis-1")
                .replacing("{incident}", with: "7").replacing("{breaker}", with: "redis")
                .replacing("{flag}", with: "a").replacing("{key}", with: "a").replacing("{alert}", with: "7")
            for method in paths[path]?.keys ?? [] {
                var head = RequestHead(method: method.uppercased(), path: concrete, transport: .unix)
                head.headers = [.init(name: "Content-Type", value: "application/json")]
                #expect(Router(backend: FakeBackend()).admit(&head) == nil, "\(method) \(path)")
                #expect(Target(path: concrete)?.endpoint.rawValue == path)
            }
        }
    }

    @Test func everyReferenceLeadsSomewhere() throws {
        let schemas = try #require(OpenAPIDocument.value["components"]?["schemas"])
        let text = String(decoding: try JSONText.encode(OpenAPIDocument.value), as: UTF8.self)
        let references = text.split(separator: ##""$ref":"#/components/schemas/"##).dropFirst()
        for reference in references { #expect(schemas.keys.contains(String(reference.prefix { $0 != "\"" }))) }
        #expect(references.count > 30)
    }

    @Test func theSchemasSayWhatIsWritten() throws {
        let breaker = BreakerStatus.example("redis-1", .open)
        let service = NamedService(name: "redis", status: .example("redis", lastError: "x", breakers: [breaker]))
        try expect(breaker, fits: "Breaker")
        try expect(BreakerList(breakers: [breaker]), fits: "BreakerList")
        try expect(BreakerResult(done: .nothing("x"), [breaker]), fits: "BreakerResult")
        try expect(
            service, fits: "Service",
            optional: ["waiting_on", "operator", "operator_since", "operator_by", "update", "traffic"])
        try expect(TrafficStatus(windowSeconds: 60, calls: 3, failed: 1, p50: 0.1, p95: 0.2, p99: 0.3), fits: "Traffic")
        var status = StackStatus.example()
        status.pause = .init(until: "2026-01-31T10:00:00.250Z", since: "2026-01-31T09:00:00.250Z", by: "root")
        try expect(status, fits: "StackStatus")
        try expect(status.pause, fits: "Pause")
        try expect(ServiceUsage(processors: 1, processorLimit: 2, memory: 3, memoryLimit: 4), fits: "Usage")
        try expect(Router(backend: FakeBackend()).overview(), fits: "Overview", optional: ["pause"])
        try expect(
            ServiceOverview("worker", .example("worker", lastError: "x", breakers: [breaker]), nil, usage: nil),
            fits: "ServiceOverview",
            optional: [
                "breaker", "next_action_at", "operator", "operator_by", "traffic", "update", "usage", "waiting_on",
            ])
        try expect(SessionStatus(actor: "root"), fits: "Session", optional: ["until"])
        let event = EventRecord(
            id: 1, time: 0, kind: "exited", service: "a", instance: "a-1", text: "t", cause: "c", actor: "r",
            incident: 1)
        try expect(EventJSON(event), fits: "Event")
        try expect(IncidentJSON(.example(1)), fits: "Incident")
        try expect(Explanation(service: "a", sentences: [], incident: 1), fits: "Explanation")
        try expect(ControlReply.done("x"), fits: "Reply")
        try expect(FlagStatus.example("a"), fits: "Flag")
        try expect(FlagStatus.example("a").override, fits: "FlagOverride")
        try expect(FlagResult(message: "m", flag: .example("a")), fits: "FlagResult")
        try expect(FlagList(flags: []), fits: "FlagList")
        try expect(RemoteEvaluation.success(.example("a")), fits: "Evaluation")
        try expect(RemoteEvaluation.failure(.unknown, key: "a", "d"), fits: "EvaluationFailure")
        try expect(RemoteEvaluation.all([]), fits: "BulkEvaluation")
        try expect(AlertOverview.example, fits: "AlertOverview")
        try expect(AlertOverview.example.alerts.first, fits: "Alert")
        try expect(AlertOverview.example.channels.first, fits: "AlertChannel")
        try expect(AlertResult(message: "m"), fits: "AlertResult")
        let problem = ProblemDetails(title: "t", status: 1, detail: "d", instance: "i", paths: [])
        try expect(problem, fits: "Problem")
    }

    /// Every key of the value is in the schema, and every key of the schema in the value, but for those named.
    private func expect(_ value: some Encodable, fits schema: String, optional: Set<String> = []) throws {
        let properties = try #require(OpenAPISchemas.all[schema]?["properties"])
        let written = try JSONText.decode(Keys.self, from: JSONText.encode(value)).names
        #expect(written.isSubset(of: properties.keys), "\(schema)")
        #expect(Set(properties.keys).subtracting(written) == optional, "\(schema)")
    }

    private struct Keys: Decodable {
        struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { return nil }
        }

        var names: Set<String>

        init(from decoder: any Decoder) throws {
            names = Set(try decoder.container(keyedBy: Key.self).allKeys.map(\.stringValue))
        }
    }
}
