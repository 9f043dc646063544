/// A head while it is written.
struct HTTPMessageWriter {
    let original: UnsafeRawBufferPointer
    let fields: UnsafeBufferPointer<HTTPField>
    private var writer: ByteWriter
    /// Whether a Connection of the original names anything that may have to be dropped.
    private let namesFields: Bool

    init(
        original: UnsafeRawBufferPointer, fields: UnsafeBufferPointer<HTTPField>, buffer: UnsafeMutableRawBufferPointer
    ) {
        self.original = original
        self.fields = fields
        writer = ByteWriter(buffer)
        namesFields = fields.contains { $0.known == .connection }
    }

    mutating func requestLine(_ head: HTTPRequestHead) {
        writer.put(original.span(head.methodName))
        writer.put(" ")
        switch head.form {
        case .authority: writer.put(original.span(head.target))
        case .origin, .asterisk: writer.put(original.span(head.path))
        case .absolute: absolutePath(original.span(head.path), method: head.method)
        }
        writer.put(head.minorVersion == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n")
    }

    /// The origin form of an absolute target (RFC 9112 §3.2.1); OPTIONS of a whole server is `*` there (§3.2.4).
    private mutating func absolutePath(_ path: UnsafeRawBufferPointer, method: HTTPMethod) {
        if path.isEmpty, method == .options {
            writer.put("*")
        } else {
            if path.first != UInt8(ascii: "/") { writer.put("/") }
            writer.put(path)
        }
    }

    mutating func statusLine(_ status: UInt16, reason: UnsafeRawBufferPointer) {
        writer.put("HTTP/1.1 ")
        writer.put(decimal: UInt64(status))
        writer.put(" ")
        writer.put(reason)
        writer.put("\r\n")
    }

    /// A field line; the name comes with its colon and space.
    mutating func line(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
        writer.put(name)
        writer.put(value)
        writer.put("\r\n")
    }

    mutating func line(_ name: StaticString, _ value: UInt64) {
        writer.put(name)
        writer.put(decimal: value)
        writer.put("\r\n")
    }

    mutating func put(_ text: StaticString) { writer.put(text) }

    mutating func put(_ bytes: UnsafeRawBufferPointer) { writer.put(bytes) }

    mutating func copyUnlessNamed(_ field: HTTPField) {
        let name = original.span(field.name)
        if namesFields, field.known == .other || field.known == .disguised, connectionNames(name) { return }
        writer.put(name)
        writer.put(": ")
        writer.put(original.span(field.value))
        writer.put("\r\n")
    }

    /// Whether a Connection field names this one. Only fields that the parser does not know can be so dropped: the known
    /// ones that are for all recipients must not be named (RFC 9110 §7.6.1), and a client that does names them to have
    /// them withheld from the backend.
    private func connectionNames(_ name: UnsafeRawBufferPointer) -> Bool {
        for field in fields where field.known == .connection {
            if HTTPTokenList.contains(name, in: original.span(field.value)) { return true }
        }
        return false
    }

    mutating func framing(_ framing: HTTPFraming) {
        switch framing {
        case .none, .untilClose: break
        case .length(let length): line("Content-Length: ", length)
        case .chunked: writer.put("Transfer-Encoding: chunked\r\n")
        }
    }

    mutating func requestID(_ requestID: UnsafeRawBufferPointer) {
        guard !requestID.isEmpty, !fields.contains(where: { $0.known == .xRequestID && !$0.value.isEmpty }) else {
            return
        }
        line("X-Request-Id: ", requestID)
    }

    /// The number of bytes written so far; nil where something did not fit.
    var length: Int? { writer.length }

    /// Writes the empty line; returns the head's length, or nil where it does not fit.
    mutating func end() -> Int? {
        writer.put("\r\n")
        return writer.length
    }
}
