extension HTTPField {
    /// Whether the field is copied into a forwarded request. Those left out are for one hop, or are written anew.
    func isForwarded(trusting: Bool) -> Bool {
        switch known {
        case .host, .contentLength, .transferEncoding, .connection, .te, .keepAlive, .proxyConnection, .upgrade,
            .xForwardedFor, .disguised:
            false
        case .xForwardedProto, .xForwardedHost, .forwarded: trusting
        case .xRequestID: !value.isEmpty
        case .expect, .trailer, .traceparent, .idempotencyKey, .userAgent, .retryAfter, .authorization, .cacheControl,
            .contentType, .other:
            true
        }
    }

    /// Whether the field is copied into a response.
    func isReturned(with head: HTTPResponseHead) -> Bool {
        switch known {
        case .transferEncoding, .connection, .te, .keepAlive, .proxyConnection, .upgrade: false
        case .contentLength:
            // The length that a GET would have been answered with (RFC 9110 §8.6). All others are written anew.
            head.framing == .none && head.status >= 200 && head.status != 204 && !head.switchesProtocols
        case .xRequestID: !value.isEmpty
        case .host, .xForwardedFor, .xForwardedProto, .xForwardedHost, .forwarded, .expect, .trailer, .traceparent,
            .idempotencyKey, .userAgent, .retryAfter, .authorization, .cacheControl, .contentType, .other, .disguised:
            true
        }
    }
}
