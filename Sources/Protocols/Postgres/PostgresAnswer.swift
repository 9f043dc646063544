/// What a PostgreSQL client is told in place of its server.
public enum PostgresAnswer {
    /// The answer to a request for encryption where there is none.
    public static let noEncryption = UInt8(ascii: "N")

    /// Writes an ErrorResponse, FATAL with SQLSTATE 57P03 (cannot_connect_now), which clients take for a reason to try
    /// again; returns its length, or nil where it does not fit. It may be sent once the client's startup packet has
    /// come, and the connection ends after it.
    public static func cannotConnectNow(
        retryAfterSeconds: UInt32, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int? {
        var fields = ByteWriter(UnsafeMutableRawBufferPointer(rebasing: buffer.dropFirst(5)))
        fields.put("SFATAL\0VFATAL\0C57P03\0Mthe database is being restarted; try again in ")
        fields.put(decimal: UInt64(retryAfterSeconds))
        fields.put(" s\0\0")
        var header = ByteWriter(buffer)
        header.put(UInt8(ascii: "E"))
        guard let length = fields.length else { return nil }
        header.put(bigEndian: UInt32(truncatingIfNeeded: length) &+ 4)
        return header.length.map { $0 + length }
    }
}
