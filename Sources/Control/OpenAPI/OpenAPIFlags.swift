internal import Stack

/// The schemas of flags.
extension OpenAPISchemas {
    static let flags: [String: JSONValue] = [
        "Flag": object(
            [
                "name": string, "type": words(FlagType.allCases.map(\.rawValue)), "value": flagValue,
                "default": flagValue, "source": words(FlagStatus.Source.allCases.map(\.rawValue)), "why": string,
                "since": time,
            ], optional: ["rule": integer, "description": string, "override": OpenAPIDocument.schema("FlagOverride")]),
        "FlagOverride": object(["value": flagValue, "since": time], optional: ["until": time, "by": string]),
        "FlagList": object(["flags": list(OpenAPIDocument.schema("Flag"))]),
        "FlagResult": object(["message": string, "flag": OpenAPIDocument.schema("Flag")]),
        "FlagOrder": [
            "type": "object", "additionalProperties": false, "required": ["value"],
            "properties": [
                "value": flagValue,
                "for_seconds": [
                    "type": "number", "exclusiveMinimum": 0, "maximum": .integer(Int64(BodyField.mostSeconds)),
                    "description": "How long it stays so, from now; until it is cleared if not given.",
                ],
            ],
        ],
        "EvaluationRequest": [
            "type": "object",
            "properties": ["context": ["type": "object", "properties": ["targetingKey": string]]],
        ],
        "Evaluation": object([
            "key": string, "value": flagValue, "reason": words(["STATIC", "TARGETING_MATCH"]), "variant": string,
            "metadata": ["type": "object", "additionalProperties": string],
        ]),
        "BulkEvaluation": object(["flags": list(OpenAPIDocument.schema("Evaluation"))]),
        "EvaluationFailure": object(
            [
                "errorCode": words(["PARSE_ERROR", "INVALID_CONTEXT", "FLAG_NOT_FOUND"]), "errorDetails": string,
            ], optional: ["key": string]),
    ]

    private static let flagValue: JSONValue = ["type": ["boolean", "string", "number", "object"]]
}

/// What is asked and answered about flags.
extension OpenAPIOperation {
    /// Remote evaluation refuses a body in words of its own, and everything else like the rest of the API.
    static let evaluationRefusal: JSONValue = [
        "description": "The request cannot be evaluated.",
        "content": [
            JSONText.contentType: ["schema": OpenAPIDocument.schema("EvaluationFailure")],
            ProblemDetails.contentType: ["schema": OpenAPIDocument.schema("Problem")],
        ],
    ]

    static let bulkEvaluation: JSONValue = [
        "description": "All flags.", "headers": ["ETag": ["schema": ["type": "string"]]],
        "content": json(OpenAPIDocument.schema("BulkEvaluation")),
    ]

    static let unchangedEvaluation: JSONValue = [
        "description": "Nothing is other than in the answer whose tag was given.",
        "headers": ["ETag": ["schema": ["type": "string"]]],
    ]

    static let entityTagParameter: JSONValue = [
        "name": "If-None-Match", "in": "header",
        "description": "The ETag of an earlier answer: 304 comes where nothing is other than in it.",
        "schema": ["type": "string"],
    ]
}
