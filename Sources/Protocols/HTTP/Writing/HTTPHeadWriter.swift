/// Writes heads into a caller's buffer: forwarded ones, made of the bytes that were parsed, and answers of our own.
///
/// What tells a message's length is written anew from what the parser understood, so that a backend cannot understand
/// something else. Nothing is allocated.
public enum HTTPHeadWriter {
    /// What a proxy says of itself in a request that it forwards.
    public struct RequestAdditions {
        /// The address of the client, as text, for X-Forwarded-For; empty for no such field.
        public var clientAddress: UnsafeRawBufferPointer
        /// Whether the client's connection was encrypted, for X-Forwarded-Proto.
        public var isEncrypted: Bool
        /// An identity for the request, written where it has no X-Request-Id; empty for none.
        public var requestID: UnsafeRawBufferPointer
        /// The host to name where an HTTP/1.0 request names none; empty to name none either.
        public var host: UnsafeRawBufferPointer
        /// Whether what the client said about those before it is passed on: X-Forwarded-For is then extended, and
        /// X-Forwarded-Proto, X-Forwarded-Host and Forwarded are kept. Otherwise all of it is replaced.
        public var trustsForwarded: Bool
        /// Whether the backend is told to end its connection after the answer.
        public var closes: Bool

        /// Additions as given. The buffers must outlive the call that they are handed to.
        public init(
            clientAddress: UnsafeRawBufferPointer, isEncrypted: Bool, requestID: UnsafeRawBufferPointer,
            host: UnsafeRawBufferPointer, trustsForwarded: Bool, closes: Bool
        ) {
            self.clientAddress = clientAddress
            self.isEncrypted = isEncrypted
            self.requestID = requestID
            self.host = host
            self.trustsForwarded = trustsForwarded
            self.closes = closes
        }
    }

    /// Writes the head of a request as a backend should see it; returns its length, or nil where it does not fit.
    ///
    /// `original` and `fields` are what the parser was given and filled. The target is written in origin form, and with
    /// the client's version, since a backend must not send chunks to an HTTP/1.0 client. Fields for one hop are dropped
    /// (RFC 9110 §7.6.1): Connection and those it names, Keep-Alive, Proxy-Connection, TE but for `trailers`, and Upgrade
    /// unless `wantsUpgrade`. CONNECT keeps its authority form.
    public static func writeRequest(
        _ head: HTTPRequestHead, fields: UnsafeBufferPointer<HTTPField>, original: UnsafeRawBufferPointer,
        adding additions: RequestAdditions, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int? {
        let fields = UnsafeBufferPointer(rebasing: fields.prefix(head.fieldCount))
        var message = HTTPMessageWriter(original: original, fields: fields, buffer: buffer)
        message.requestLine(head)
        let authority = original.span(head.authority)
        let host = authority.isEmpty ? additions.host : authority
        if !host.isEmpty { message.line("Host: ", host) }
        for field in fields where field.isForwarded(trusting: additions.trustsForwarded) {
            message.copyUnlessNamed(field)
        }
        message.framing(head.framing)
        message.forwarded(additions, host: host)
        message.requestID(additions.requestID)
        message.connection(
            minorVersion: head.minorVersion, closes: additions.closes, upgrades: head.wantsUpgrade,
            wantsTrailers: message.wantsTrailers)
        return message.end()
    }

    /// Writes the head of a response as the client should see it; returns its length, or nil where it does not fit.
    ///
    /// Fields for one hop are dropped as in a request; Upgrade stays with a 101. `requestMinorVersion` is the client's.
    /// `closes` says whether the client's connection ends after this response; it does anyway where the body's end is
    /// that of the connection. `requestID` is written where the backend sent no X-Request-Id; empty for none.
    public static func writeResponse(
        _ head: HTTPResponseHead, fields: UnsafeBufferPointer<HTTPField>, original: UnsafeRawBufferPointer,
        requestMinorVersion: UInt8, closes: Bool, requestID: UnsafeRawBufferPointer,
        into buffer: UnsafeMutableRawBufferPointer
    ) -> Int? {
        let fields = UnsafeBufferPointer(rebasing: fields.prefix(head.fieldCount))
        var message = HTTPMessageWriter(original: original, fields: fields, buffer: buffer)
        message.statusLine(head.status, reason: original.span(head.reason))
        for field in fields where field.isReturned(with: head) { message.copyUnlessNamed(field) }
        message.framing(head.framing)
        if !head.isInformational { message.requestID(requestID) }
        message.connection(
            minorVersion: head.isInformational ? 1 : requestMinorVersion,
            closes: !head.isInformational && (closes || head.framing == .untilClose), upgrades: head.status == 101,
            wantsTrailers: false)
        return message.end()
    }
}
