/// The form of a request target (RFC 9112 §3.2).
public enum HTTPTargetForm: Sendable, Equatable {
    /// A path with an optional query.
    case origin
    /// A whole http or https URI.
    case absolute
    /// Host and port; with CONNECT only.
    case authority
    /// `*`; with OPTIONS only.
    case asterisk
}

/// A request's head, as far as forwarding it needs. Ranges are offsets from the first byte given to the parser.
public struct HTTPRequestHead: Sendable, Equatable {
    /// The method.
    public var method: HTTPMethod
    /// The method's bytes.
    public var methodName: Range<UInt32>
    /// The whole request target as it came.
    public var target: Range<UInt32>
    /// The form of the target.
    public var form: HTTPTargetForm
    /// Path and query of the target; empty for the authority form, and where an absolute target has neither.
    public var path: Range<UInt32>
    /// The host with its port that the request is for; empty for HTTP/1.0 without one.
    public var authority: Range<UInt32>
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    public var minorVersion: UInt8
    /// How long the body is; never `untilClose`.
    public var framing: HTTPFraming
    /// Whether the client can use the connection for another request (RFC 9112 §9.3).
    public var keepsAlive: Bool
    /// Whether the client waits for a 100 before it sends the body (RFC 9110 §10.1.1).
    public var expectsContinue: Bool
    /// Whether the client asks for another protocol (RFC 9110 §7.8). Never true for h2c: a proxy that passes it on lets
    /// every further request of the connection by unseen, and RFC 9113 §3.1 withdrew it.
    public var wantsUpgrade: Bool
    /// The number of fields written to the caller's buffer.
    public var fieldCount: Int
    /// The number of bytes of the head with the empty lines before and the one behind it.
    public var headLength: Int
}

/// A response's head, as far as forwarding it needs. Ranges are offsets from the first byte given to the parser.
public struct HTTPResponseHead: Sendable, Equatable {
    /// The status, 100 to 599.
    public var status: UInt16
    /// The reason phrase; may be empty.
    public var reason: Range<UInt32>
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    public var minorVersion: UInt8
    /// How long the body is.
    public var framing: HTTPFraming
    /// Whether the server can be sent another request on the connection; false where the body ends with it.
    public var keepsAlive: Bool
    /// The number of fields written to the caller's buffer.
    public var fieldCount: Int
    /// The number of bytes of the head with the empty line behind it.
    public var headLength: Int
    /// Whether the connection carries another protocol from here on: a 101, or a 2xx to CONNECT.
    public var switchesProtocols: Bool

    /// Whether the final response is still to come (RFC 9110 §15.2). Not so for 101.
    public var isInformational: Bool { status < 200 && !switchesProtocols }
}
