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
