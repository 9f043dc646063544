internal import Stack

/// Answers in the words of the OpenFeature Remote Evaluation Protocol, version 0.3.0.
///
/// https://github.com/open-feature/protocol, service/openapi.yaml
enum RemoteEvaluation {
    /// Why a request cannot be evaluated.
    enum Failure: String {
        /// The body is no JSON.
        case parse = "PARSE_ERROR"
        /// The evaluation context is not what the protocol takes.
        case context = "INVALID_CONTEXT"
        /// There is no flag of that key.
        case unknown = "FLAG_NOT_FOUND"
    }

    /// What is asked of every request: an object whose `context`, if it has one, is an object whose `targetingKey`, if it
    /// has one, is a string. Nothing in it changes a value, as flags depend on services alone.
    private struct Request: Decodable {
        struct Context: Decodable {
            enum CodingKeys: CodingKey { case targetingKey }

            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                guard container.contains(.targetingKey) else { return }
                _ = try container.decode(String.self, forKey: .targetingKey)
            }
        }

        enum CodingKeys: CodingKey { case context }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            guard container.contains(.context) else { return }
            _ = try container.decode(Context.self, forKey: .context)
        }
    }

    /// What is wrong with the body of a request, or nil.
    static func problem(_ body: [UInt8]) -> (failure: Failure, details: String)? {
        do {
            _ = try JSONText.decode(Request.self, from: body)
            return nil
        } catch DecodingError.dataCorrupted(let context) {
            return (.parse, "the body is no JSON: \(context.debugDescription)")
        } catch {
            return (.context, JSONText.explain(error))
        }
    }

    /// The evaluation of a flag.
    static func success(_ flag: FlagStatus) -> JSONValue {
        var metadata: [String: JSONValue] = ["why": .text(flag.why), "source": .text(flag.source.rawValue)]
        if let description = flag.description { metadata["description"] = .text(description) }
        return .object([
            "key": .text(flag.name), "value": flag.value, "reason": .text(reason(flag.source)),
            "variant": .text(variant(flag)), "metadata": .object(metadata),
        ])
    }

    /// The evaluation of all flags.
    static func all(_ flags: [FlagStatus]) -> JSONValue {
        .object(["flags": .list(flags.map(success))])
    }

    static func failure(_ failure: Failure, key: String?, _ details: String) -> JSONValue {
        var fields: [String: JSONValue] = [
            "errorCode": .text(failure.rawValue), "errorDetails": .text(details),
        ]
        if let key { fields["key"] = .text(key) }
        return .object(fields)
    }

    /// The protocol's list of reasons has no DEFAULT: a value that nothing dynamic had a say in is STATIC.
    private static func reason(_ source: FlagStatus.Source) -> String {
        switch source {
        case .standard, .override: "STATIC"
        case .rule: "TARGETING_MATCH"
        }
    }

    private static func variant(_ flag: FlagStatus) -> String {
        switch flag.source {
        case .standard: "default"
        case .override: "override"
        case .rule: "rule-\(flag.rule ?? 0)"
        }
    }

    /// A strong entity tag of what is answered (RFC 9110, section 8.8.3): its FNV-1a hash.
    static func tag(_ body: [UInt8]) -> String {
        let hash = body.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        return "\"" + String(hash, radix: 16) + "\""
    }

    /// Whether an `If-None-Match` header (RFC 9110, section 13.1.2) names the tag; tags are compared weakly.
    static func matches(_ headers: [String], _ tag: String) -> Bool {
        headers.flatMap { $0.split(separator: ",") }.contains { part in
            let given = part.filter { $0 != " " && $0 != "\t" }
            return given == "*" || given == tag || given == "W/" + tag || "\"" + given + "\"" == tag
        }
    }
}
