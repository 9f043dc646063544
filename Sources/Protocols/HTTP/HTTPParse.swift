/// What the bytes so far amount to.
public enum HTTPParse<Head: Sendable & Equatable>: Sendable, Equatable {
    /// Nothing wrong so far; the head has not ended.
    case incomplete
    /// A whole head.
    case head(Head)
    /// Not a head that can be forwarded without a doubt about its meaning. The connection cannot be used any further.
    case refused(HTTPRefusal)
}

/// How long the body behind a head is (RFC 9112 §6.3).
public enum HTTPFraming: Sendable, Equatable {
    /// There is no body.
    case none
    /// That many bytes.
    case length(UInt64)
    /// Chunks, read with `ChunkedReader`.
    case chunked
    /// All until the connection ends. Responses only.
    case untilClose
}

/// Why reading a head stopped before its end.
enum HeadStop: Error {
    case incomplete
    case refused(HTTPRefusal)
}
