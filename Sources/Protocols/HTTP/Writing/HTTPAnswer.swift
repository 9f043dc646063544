/// A whole response of our own: what a client is told where no backend can.
public struct HTTPAnswer {
    /// The status, 100 to 599.
    public var status: UInt16
    /// When to ask again, in seconds (Retry-After, RFC 9110 §10.2.3); nil for no such field.
    public var retryAfterSeconds: UInt32?
    /// The Content-Type; empty for none.
    public var contentType: UnsafeRawBufferPointer
    /// More field lines, each with its line end, as they are to be sent; empty for none.
    public var extraFields: UnsafeRawBufferPointer
    /// The body.
    public var body: UnsafeRawBufferPointer
    /// Whether it answers a HEAD, so that the body's length is told but the body is not sent.
    public var answersHead: Bool
    /// Whether the connection ends after it.
    public var closes: Bool

    /// An answer as given. The buffers must outlive the call that they are handed to.
    public init(
        status: UInt16, retryAfterSeconds: UInt32?, contentType: UnsafeRawBufferPointer,
        extraFields: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer, answersHead: Bool, closes: Bool
    ) {
        self.status = status
        self.retryAfterSeconds = retryAfterSeconds
        self.contentType = contentType
        self.extraFields = extraFields
        self.body = body
        self.answersHead = answersHead
        self.closes = closes
    }

    /// Writes the whole answer; returns its length, or nil where it does not fit.
    public func write(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        var message = HTTPMessageWriter(
            original: UnsafeRawBufferPointer(start: nil, count: 0), fields: UnsafeBufferPointer(start: nil, count: 0),
            buffer: buffer)
        let phrase = HTTPStatus.reason(status)
        message.statusLine(
            status, reason: UnsafeRawBufferPointer(start: phrase.utf8Start, count: phrase.utf8CodeUnitCount))
        if let retryAfterSeconds { message.line("Retry-After: ", UInt64(retryAfterSeconds)) }
        if !contentType.isEmpty { message.line("Content-Type: ", contentType) }
        message.put(extraFields)
        // RFC 9110 §8.6 forbids a length where there can be no content.
        let hasContent = status >= 200 && status != 204 && status != 304
        if hasContent { message.line("Content-Length: ", UInt64(body.count)) }
        if closes { message.put("Connection: close\r\n") }
        message.put("\r\n")
        if hasContent, !answersHead { message.put(body) }
        return message.length
    }
}

/// The reason phrases that go with statuses (RFC 9110 §15, RFC 6585).
public enum HTTPStatus {
    /// The phrase of a status that a proxy sends by itself; empty for any other.
    public static func reason(_ status: UInt16) -> StaticString {
        switch status {
        case 100: "Continue"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case _: ""
        }
    }
}
