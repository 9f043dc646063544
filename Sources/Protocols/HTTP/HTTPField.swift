/// One field line of a head: where its name and value lie, and which field it is.
public struct HTTPField: Sendable, Equatable {
    /// Offsets of the name, from the first byte given to the parser.
    public var name: Range<UInt32>
    /// Offsets of the value without the blanks around it; may be empty.
    public var value: Range<UInt32>
    /// Which field it is.
    public var known: HTTPKnownField

    /// A field line at these offsets.
    public init(name: Range<UInt32>, value: Range<UInt32>, known: HTTPKnownField) {
        self.name = name
        self.value = value
        self.known = known
    }

    /// A field that is none, to fill an array with before the parser writes to it.
    public static let none = HTTPField(name: 0..<0, value: 0..<0, known: .other)
}

/// The fields that a proxy has to know. Names are compared without regard to case (RFC 9110 §5.1).
public enum HTTPKnownField: UInt8, Sendable, CaseIterable {
    /// Host
    case host
    /// Content-Length
    case contentLength
    /// Transfer-Encoding
    case transferEncoding
    /// Connection
    case connection
    /// Expect
    case expect
    /// Upgrade
    case upgrade
    /// TE
    case te
    /// Trailer
    case trailer
    /// Keep-Alive
    case keepAlive
    /// Proxy-Connection
    case proxyConnection
    /// X-Forwarded-For
    case xForwardedFor
    /// X-Forwarded-Proto
    case xForwardedProto
    /// X-Forwarded-Host
    case xForwardedHost
    /// X-Request-Id
    case xRequestID
    /// Forwarded (RFC 7239)
    case forwarded
    /// traceparent (W3C Trace Context)
    case traceparent
    /// Idempotency-Key
    case idempotencyKey
    /// User-Agent
    case userAgent
    /// Retry-After
    case retryAfter
    /// Authorization
    case authorization
    /// Cache-Control
    case cacheControl
    /// Content-Type
    case contentType
    /// Any other field.
    case other
    /// A name that is a known one but for `_` in place of `-`. Servers that hand fields on as CGI variables cannot tell
    /// the two apart, so such a field is not forwarded, and one that would tell the length of the body is refused.
    case disguised

    /// The field's name in lower case; empty for `other` and `disguised`.
    public var lowercasedName: StaticString {
        switch self {
        case .host: "host"
        case .contentLength: "content-length"
        case .transferEncoding: "transfer-encoding"
        case .connection: "connection"
        case .expect: "expect"
        case .upgrade: "upgrade"
        case .te: "te"
        case .trailer: "trailer"
        case .keepAlive: "keep-alive"
        case .proxyConnection: "proxy-connection"
        case .xForwardedFor: "x-forwarded-for"
        case .xForwardedProto: "x-forwarded-proto"
        case .xForwardedHost: "x-forwarded-host"
        case .xRequestID: "x-request-id"
        case .forwarded: "forwarded"
        case .traceparent: "traceparent"
        case .idempotencyKey: "idempotency-key"
        case .userAgent: "user-agent"
        case .retryAfter: "retry-after"
        case .authorization: "authorization"
        case .cacheControl: "cache-control"
        case .contentType: "content-type"
        case .other, .disguised: ""
        }
    }
}
