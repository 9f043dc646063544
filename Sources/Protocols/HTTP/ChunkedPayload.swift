/// What a chunked body carries (RFC 9112 §7.1), without its framing.
public enum ChunkedPayload {
    /// Copies the payload of a whole chunked body, which a `ChunkedReader` has found to be one, into `room`; its length, or
    /// nil where it does not fit or is none.
    public static func copy(_ body: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer) -> Int? {
        var writer = ByteWriter(room)
        var place = 0
        while true {
            guard let size = size(body, &place), place <= body.count else { return nil }
            guard size > 0 else { return writer.length }
            // The chunk and the line end behind it.
            guard size <= body.count - place, body.count - place - size >= 2 else { return nil }
            writer.put(UnsafeRawBufferPointer(rebasing: body[place..<place + size]))
            place += size + 2
        }
    }

    /// The size of the chunk whose first digit is at `place`, which is moved behind the line.
    private static func size(_ body: UnsafeRawBufferPointer, _ place: inout Int) -> Int? {
        let end = body.first(Ascii.lineFeed, from: place, to: body.count)
        guard end < body.count else { return nil }
        var size = 0
        var digits = 0
        while place < end, let value = body[place].hexadecimalValue {
            guard size <= Int.max >> 8 else { return nil }
            size = size << 4 | Int(value)
            digits += 1
            place += 1
        }
        place = end + 1
        return digits > 0 ? size : nil
    }
}
