/// What a PostgreSQL client is told in place of its server.
public enum PostgresAnswer {
    /// The answer to a request for encryption where there is none.
    public static let noEncryption = UInt8(ascii: "N")

    /// The answer to a request for TLS, which begins after it.
    public static let encryption = UInt8(ascii: "S")

    /// Writes an ErrorResponse, FATAL with SQLSTATE 28000 (invalid_authorization_specification), as a server has it for
    /// clients that it serves over TLS alone; returns its length, or nil where it does not fit. When it may be sent is as
    /// with `cannotConnectNow`.
    public static func encryptionRequired(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        fatal(into: buffer) { fields in
            fields.put(
                "SFATAL\0VFATAL\0C28000\0Mthis port serves clients over TLS alone; connect with sslmode=require\0\0")
        }
    }

    /// Writes an ErrorResponse, FATAL with SQLSTATE 57P03 (cannot_connect_now), which clients take for a reason to try
    /// again; returns its length, or nil where it does not fit. It may be sent once the client's startup packet has
    /// come, and the connection ends after it.
    public static func cannotConnectNow(
        retryAfterSeconds: UInt32, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int? {
        fatal(into: buffer) { fields in
            fields.put("SFATAL\0VFATAL\0C57P03\0Mthe database is being restarted; try again in ")
            fields.put(decimal: UInt64(retryAfterSeconds))
            fields.put(" s\0\0")
        }
    }

    private static func fatal(
        into buffer: UnsafeMutableRawBufferPointer, _ write: (inout ByteWriter) -> Void
    ) -> Int? {
        var fields = ByteWriter(UnsafeMutableRawBufferPointer(rebasing: buffer.dropFirst(5)))
        write(&fields)
        var header = ByteWriter(buffer)
        header.put(UInt8(ascii: "E"))
        guard let length = fields.length else { return nil }
        header.put(bigEndian: UInt32(truncatingIfNeeded: length) &+ 4)
        return header.length.map { $0 + length }
    }
}
