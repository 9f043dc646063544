/// What a Redis client is told in place of its server.
public enum RedisAnswer {
    /// Writes a LOADING error, which clients take for a reason to try again; returns its length, or nil where it does
    /// not fit. It answers one command, in RESP2 and RESP3 alike; the connection ends after it.
    public static func loading(retryAfterSeconds: UInt32, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        var writer = ByteWriter(buffer)
        writer.put("-LOADING the server is being restarted; try again in ")
        writer.put(decimal: UInt64(retryAfterSeconds))
        writer.put(" s\r\n")
        return writer.length
    }
}
