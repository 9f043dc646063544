internal import Stack

/// What the OpenAPI document says of one endpoint.
enum OpenAPIOperation {
    /// The path item: one operation. HEAD is taken wherever GET is, and answers the same without a body.
    static func path(_ endpoint: Endpoint) -> JSONValue {
        [endpoint.isReading ? "get" : "post": operation(endpoint)]
    }

    private static func operation(_ endpoint: Endpoint) -> JSONValue {
        var fields: [String: JSONValue] = [
            "operationId": .text("\(endpoint)"),
            "summary": .text(endpoint.summary),
            "responses": .object(responses(endpoint)),
        ]
        let parameters = placeholder(endpoint) + endpoint.parameters.map(parameter) + headers(endpoint)
        if !parameters.isEmpty { fields["parameters"] = .list(parameters) }
        if let body = body(endpoint) { fields["requestBody"] = body }
        switch endpoint.access {
        case .anyone: break
        case .token: fields["security"] = [["token": []]]
        case .unixSocket: fields["description"] = "Over the unix socket alone."
        }
        return .object(fields)
    }

    private static func placeholder(_ endpoint: Endpoint) -> [JSONValue] {
        guard let name = endpoint.placeholder else { return [] }
        let schema: JSONValue =
            endpoint == .incident || endpoint == .acknowledgeAlert
            ? ["type": "integer", "format": "int64", "minimum": 1] : ["type": "string", "minLength": 1]
        return [["name": .text(name), "in": "path", "required": true, "schema": schema]]
    }

    private static func headers(_ endpoint: Endpoint) -> [JSONValue] {
        if endpoint == .evaluateFlags { return [entityTagParameter] }
        guard endpoint == .events else { return [] }
        return [
            [
                "name": "Last-Event-ID", "in": "header",
                "description": "Where a stream goes on: the id of the last event that the reader has.",
                "schema": ["type": "integer", "format": "int64", "minimum": 0, "maximum": .integer(.max)],
            ]
        ]
    }

    private static func parameter(_ parameter: QueryParameter) -> JSONValue {
        var fields: [String: JSONValue] = [
            "name": .text(parameter.name), "in": "query", "description": .text(parameter.meaning),
        ]
        switch parameter.kind {
        case .flag:
            fields["schema"] = ["type": "string", "enum": ["", "true", "false"]]
            fields["allowEmptyValue"] = true
        case .integer(let range):
            fields["schema"] = [
                "type": "integer", "format": "int64", "minimum": .integer(range.lowerBound),
                "maximum": .integer(range.upperBound),
            ]
        case .time: fields["schema"] = ["type": "string", "format": "date-time"]
        case .texts:
            fields["schema"] = [
                "type": "array", "items": ["type": "string"], "maxItems": .integer(Int64(QueryParameter.mostTexts)),
            ]
        case .choice(let choices):
            fields["schema"] = ["type": "string", "enum": .list(choices.map { .text($0) })]
        }
        return .object(fields)
    }

    private static func body(_ endpoint: Endpoint) -> JSONValue? {
        if let fields = endpoint.bodyFields {
            let isRequired = fields.contains(where: \.isRequired)
            return ["required": .boolean(isRequired), "content": json(object(fields))]
        }
        switch endpoint {
        case .setFlag: return ["required": true, "content": json(OpenAPIDocument.schema("FlagOrder"))]
        case .openSession: return ["required": true, "content": json(OpenAPIDocument.schema("SignIn"))]
        case .evaluateFlag, .evaluateFlags:
            return ["required": true, "content": json(OpenAPIDocument.schema("EvaluationRequest"))]
        case .commands: return ["required": true, "content": json(OpenAPIDocument.schema("Command"))]
        case .apply: return ["required": true, "content": json(["type": "object"])]
        default: return nil
        }
    }

    private static func object(_ fields: [BodyField]) -> JSONValue {
        let properties = fields.map { field -> (String, JSONValue) in
            let schema: JSONValue = [
                "type": field.isWhole ? "integer" : "number", "description": .text(field.meaning),
                "minimum": .integer(Int64(field.range.lowerBound)), "maximum": .integer(Int64(field.range.upperBound)),
            ]
            return (field.name, schema)
        }
        let required = fields.filter(\.isRequired).map { JSONValue.text($0.name) }
        return [
            "type": "object", "additionalProperties": false, "required": .list(required),
            "properties": .object(Dictionary(properties) { $1 }),
        ]
    }

    static func json(_ schema: JSONValue) -> JSONValue {
        [JSONText.contentType: ["schema": schema]]
    }
}
