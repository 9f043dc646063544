/// How much a head may hold. What is beyond is refused, not cut.
public struct HTTPLimits: Sendable, Equatable {
    /// Longest first line in bytes, without its line end. A longer request line is refused with 414.
    public var lineBytes: Int
    /// Longest head in bytes, with its empty line. A longer one is refused with 431. At most 16 MiB count.
    public var headBytes: Int
    /// Most field lines of a head. More are refused with 431, as are more than the caller's buffer has room for.
    public var fields: Int

    /// Limits as given; the defaults are what servers commonly allow (RFC 9112 §3 asks for 8000 bytes of line at least).
    public init(lineBytes: Int = 8192, headBytes: Int = 32768, fields: Int = 100) {
        self.lineBytes = lineBytes
        self.headBytes = headBytes
        self.fields = fields
    }

    /// Most empty lines before a request line that are passed over (RFC 9112 §2.2 asks for one at least).
    static let emptyLines = 4
    /// Longest method in bytes; none that is registered has more than 17.
    static let methodBytes = 32
    /// Most options of Connection. Whoever forwards compares each of them with each field.
    static let connectionOptions = 32
    /// Offsets have 32 bits; a head is far smaller anyway.
    var headBound: Int { min(max(headBytes, 0), 1 << 24) }
    var lineBound: Int { min(max(lineBytes, 0), 1 << 24) }
}
