internal import Protocols
internal import Stack

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
    /// More field lines, each with its line end. It holds for this moment alone (RFC 9111 section 5.2.2.5).
    var fields = "Cache-Control: no-store\r\n"

    /// Writes the response; its length, or nil where it does not fit.
    func write(into room: UnsafeMutableRawBufferPointer, answersHead: Bool, closes: Bool) -> Int? {
        var (body, type, fields) = (text, contentType, fields)
        return body.withUTF8 { body in
            type.withUTF8 { type in
                fields.withUTF8 { fields in
                    HTTPAnswer(
                        status: status, retryAfterSeconds: retryAfter, contentType: UnsafeRawBufferPointer(type),
                        extraFields: UnsafeRawBufferPointer(fields), body: UnsafeRawBufferPointer(body),
                        answersHead: answersHead, closes: closes
                    ).write(into: room)
                }
            }
        }
    }
}

extension Answer {
    /// What a service's owner wants its clients to be told.
    init(_ fallback: StaticAnswer) {
        self.init(
            status: UInt16(clamping: fallback.status), text: fallback.body, contentType: fallback.contentType)
        fields += "Hale-Fallback: static\r\n"
    }
}
