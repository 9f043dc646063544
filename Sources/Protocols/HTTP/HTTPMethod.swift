/// A request's method (RFC 9110 §9, and PATCH of RFC 5789). Methods are case-sensitive, so `get` is `other`.
public enum HTTPMethod: UInt8, Sendable, CaseIterable {
    /// GET
    case get
    /// HEAD
    case head
    /// POST
    case post
    /// PUT
    case put
    /// DELETE
    case delete
    /// OPTIONS
    case options
    /// TRACE
    case trace
    /// CONNECT
    case connect
    /// PATCH
    case patch
    /// Any other token; its bytes are those that the request line begins with.
    case other

    /// Whether the client asks for nothing to change (RFC 9110 §9.2.1).
    public var isSafe: Bool {
        switch self {
        case .get, .head, .options, .trace: true
        case .post, .put, .delete, .connect, .patch, .other: false
        }
    }

    /// The method that a token names.
    init(_ token: UnsafeRawBufferPointer) {
        let candidate: (method: HTTPMethod, name: StaticString)
        switch token.count {
        case 3: candidate = token[0] == UInt8(ascii: "G") ? (.get, "GET") : (.put, "PUT")
        case 4: candidate = token[0] == UInt8(ascii: "P") ? (.post, "POST") : (.head, "HEAD")
        case 5: candidate = token[0] == UInt8(ascii: "P") ? (.patch, "PATCH") : (.trace, "TRACE")
        case 6: candidate = (.delete, "DELETE")
        case 7: candidate = token[0] == UInt8(ascii: "O") ? (.options, "OPTIONS") : (.connect, "CONNECT")
        case _: candidate = (.other, "")
        }
        self = token.equals(candidate.name) ? candidate.method : .other
    }
}
