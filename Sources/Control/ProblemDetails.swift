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

    /// The name of a status code (RFC 9110, section 15).
    static func title(of status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 421: "Misdirected Request"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        default: "Error"
        }
    }

    func response(headers: [String: String] = [:]) -> Response {
        // Five plain fields: there is no value of them that the encoder refuses.
        let body = (try? JSONText.encode(self)) ?? Array("{}\n".utf8)
        return Response(status: status, contentType: Self.contentType, headers: headers, body: body)
    }
}
