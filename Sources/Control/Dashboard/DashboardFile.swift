internal import CDashboard

/// One file of the page that people look at, as it was when this program was built.
struct DashboardFile: Sendable {
    let type: String
    let bytes: [UInt8]
    /// A strong entity tag of its bytes (RFC 9110, section 8.8.3).
    let tag: String

    /// By the path at which each is served.
    static let all: [String: DashboardFile] = {
        var count = 0
        guard let files = hale_dashboard_files(&count) else { return [:] }
        let named = UnsafeBufferPointer(start: files, count: count).map { file in
            let bytes = Array(UnsafeBufferPointer(start: file.bytes, count: file.length))
            let tag = "\"\(TokenDigest.hash(bytes).prefix(32))\""
            return (String(cString: file.path), DashboardFile(type: String(cString: file.type), bytes: bytes, tag: tag))
        }
        return Dictionary(named) { first, _ in first }
    }()

    /// What a browser may do with any of them: run and style by these files alone, ask this server alone, and be shown in
    /// no other page.
    private static let headers = [
        "Content-Security-Policy":
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "DENY",
    ]

    /// The answer to who has seen those tags (`If-None-Match`).
    func response(ifNoneMatch tags: [String]) -> Response {
        let isKnown = RemoteEvaluation.matches(tags, tag)
        var response = Response(
            status: isKnown ? 304 : 200, contentType: isKnown ? "" : type, headers: Self.headers,
            body: isKnown ? [] : bytes)
        response.headers["ETag"] = tag
        // Asked for anew each time, so that nobody looks at the page of an earlier version of Hale.
        response.headers["Cache-Control"] = "no-cache"
        return response
    }
}
