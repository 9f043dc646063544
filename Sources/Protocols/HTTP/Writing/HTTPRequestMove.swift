/// A request that is sent to another server than the one it was made for.
public enum HTTPRequestMove {
    /// A field that tells the other server, should the request come back by it, that it was moved before.
    public static let mark: StaticString = "hale-fallback"

    /// Writes the request with `prefix` before its path and `host` as its host; the body is as it was. The length, or nil
    /// where there is no room or the request has no path.
    ///
    /// `request` begins with a head as `HTTPHeadWriter` writes it.
    public static func write(
        _ request: UnsafeRawBufferPointer, prefix: UnsafeRawBufferPointer, host: UnsafeRawBufferPointer,
        into room: UnsafeMutableRawBufferPointer
    ) -> Int? {
        let lineEnd = request.first(Ascii.lineFeed, from: 0, to: request.count)
        let method = request.first(Ascii.space, from: 0, to: lineEnd)
        guard method + 1 < lineEnd, request[method + 1] == UInt8(ascii: "/") else { return nil }
        var writer = ByteWriter(room)
        writer.put(UnsafeRawBufferPointer(rebasing: request[...method]))
        writer.put(prefix)
        writer.put(UnsafeRawBufferPointer(rebasing: request[(method + 1)...lineEnd]))
        writer.put("Host: ")
        writer.put(host)
        writer.put("\r\nHale-Fallback: url\r\n")
        var start = lineEnd + 1
        while start < request.count {
            let end = request.first(Ascii.lineFeed, from: start, to: request.count)
            guard end < request.count else { return nil }
            let line = UnsafeRawBufferPointer(rebasing: request[start...end])
            if !isHost(line) { writer.put(line) }
            start = end + 1
            if line.equals("\r\n") {
                writer.put(UnsafeRawBufferPointer(rebasing: request[start...]))
                return writer.length
            }
        }
        return nil
    }

    private static func isHost(_ line: UnsafeRawBufferPointer) -> Bool {
        let colon = line.first(UInt8(ascii: ":"), from: 0, to: line.count)
        return UnsafeRawBufferPointer(rebasing: line[..<colon]).equalsIgnoringCase("host")
    }
}

extension HTTPFieldView {
    /// Whether the request was moved here by another gateway, or by this one.
    public var wasMoved: Bool { has(HTTPRequestMove.mark) }
}
