internal import FoundationEssentials

/// An error as `application/problem+json` (RFC 9457): what went wrong, where, and what to do.
struct ProblemDetails: Equatable, Codable {
    static let contentType = "application/problem+json"

    /// The name of the status code.
    var title: String
    var status: Int
    /// What went wrong and what to do, in sentences.
    var detail: String
    /// The path that was asked for.
    var instance: String
    /// The paths there are, where the one asked for is none of them.
    var paths: [String]?

    func response(headers: [String: String] = [:]) -> Response {
        // Five plain fields: there is no value of them that the encoder refuses.
        let body = (try? JSONText.encode(self)) ?? Array("{}\n".utf8)
        return Response(status: status, contentType: Self.contentType, headers: headers, body: body)
    }
}

/// JSON as the API writes and reads it.
enum JSONText {
    static let contentType = "application/json"

    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// What a decoder found wrong, in a sentence with the place.
    static func explain(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return place(context.codingPath) + context.debugDescription
        case .keyNotFound(let key, let context):
            return place(context.codingPath) + "'\(key.stringValue)' is missing"
        @unknown default:
            return "\(error)"
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        let keys = path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
        return keys.isEmpty ? "" : "at \(keys.joined(separator: ".")): "
    }
}
