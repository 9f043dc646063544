internal import Stack

/// `GET /openapi.json`: the API as OpenAPI 3.1, made of the list of endpoints that the router goes by.
///
/// https://spec.openapis.org/oas/v3.1.0
enum OpenAPIDocument {
    static let value: JSONValue = [
        "openapi": "3.1.0",
        "info": [
            "title": "Hale", "version": .text(HaleVersion.current),
            "description": """
            What a stack that Hale keeps is doing, and how to change it. Over TCP changes need a token \
            ('hale token create NAME'); the unix socket needs none.
            """,
        ],
        "servers": [["url": "/"]],
        "paths": .object(
            Dictionary(uniqueKeysWithValues: Endpoint.allCases.map { ($0.rawValue, OpenAPIOperation.path($0)) })),
        "components": [
            "schemas": .object(OpenAPISchemas.all),
            "securitySchemes": [
                "token": ["type": "http", "scheme": "bearer", "description": "Made by 'hale token create NAME'."]
            ],
        ],
    ]

    /// A reference to a schema of the document.
    static func schema(_ name: String) -> JSONValue {
        ["$ref": .text("#/components/schemas/" + name)]
    }
}
