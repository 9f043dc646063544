internal import Protocols

/// What the gateway says itself to an HTTP client.
struct Answer {
    /// The status code.
    var status: UInt16
    /// The body: a sentence, unless a service's owner wants something else.
    var text: String
    /// The body's media type.
    var contentType = "text/plain; charset=utf-8"
    /// Seconds after which it is worth trying again.
    var retryAfter: UInt32?

    /// Writes the response; its length, or nil where it does not fit.
    func write(into room: UnsafeMutableRawBufferPointer, answersHead: Bool, closes: Bool) -> Int? {
        var (body, type) = (text, contentType)
        return body.withUTF8 { body in
            type.withUTF8 { type in
                HTTPAnswer(
                    status: status, retryAfterSeconds: retryAfter, contentType: UnsafeRawBufferPointer(type),
                    extraFields: Self.uncacheable, body: UnsafeRawBufferPointer(body), answersHead: answersHead,
                    closes: closes
                ).write(into: room)
            }
        }
    }

    /// It holds for this moment alone (RFC 9111 section 5.2.2.5).
    private static var uncacheable: UnsafeRawBufferPointer {
        let field: StaticString = "Cache-Control: no-store\r\n"
        return UnsafeRawBufferPointer(start: field.utf8Start, count: field.utf8CodeUnitCount)
    }
}
