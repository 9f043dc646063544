/// A request to Ollama's API that names a model (https://docs.ollama.com/api, and its page on OpenAI compatibility).
public enum OllamaRequest {
    /// Whether the whole request, with a body of a known length or in chunks, is a JSON object with a `model`.
    public static func namesModel(_ request: UnsafeRawBufferPointer) -> Bool {
        withBody(of: request) { _, body in find(in: body) != nil } ?? false
    }

    /// Writes the request with another model: nothing else in the body changes, and the head says its new length. The
    /// whole length, or nil where the request names no model or there is no room.
    ///
    /// `request` is a whole one as `HTTPHeadWriter` writes it; `model` holds no character that JSON escapes.
    public static func rewrite(
        _ request: UnsafeRawBufferPointer, model: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
    ) -> Int? {
        withBody(of: request) { head, body in
            guard let finder = find(in: body) else { return nil }
            var removed = 0
            for number in 0..<finder.valueCount { removed += finder.value(number).count }
            let length = body.count - removed + finder.valueCount * (model.count + 2)
            var writer = ByteWriter(room)
            writer.put(UnsafeRawBufferPointer(rebasing: request[..<head.framing.lowerBound]))
            writer.put("Content-Length: ")
            writer.put(decimal: UInt64(length))
            writer.put("\r\n")
            writer.put(UnsafeRawBufferPointer(rebasing: request[head.framing.upperBound..<head.end]))
            var place = 0
            for number in 0..<finder.valueCount {
                let value = finder.value(number)
                writer.put(UnsafeRawBufferPointer(rebasing: body[place..<value.lowerBound]))
                writer.put("\"")
                writer.put(model)
                writer.put("\"")
                place = value.upperBound
            }
            writer.put(UnsafeRawBufferPointer(rebasing: body[place...]))
            return writer.length
        } ?? nil
    }

    private static func find(in body: UnsafeRawBufferPointer) -> JSONMemberFinder? {
        var finder = JSONMemberFinder(member: "model")
        guard finder.read(body), finder.isWhole, finder.valueCount > 0 else { return nil }
        return finder
    }

    /// The places in a head that matter here.
    private struct Head {
        /// The line that says how the body is framed.
        var framing = 0..<0
        var isChunked = false
        /// Behind the empty line.
        var end = 0
    }

    /// Hands on the body without its framing; nil where there is none.
    private static func withBody<Result>(
        of request: UnsafeRawBufferPointer, _ use: (Head, UnsafeRawBufferPointer) -> Result
    ) -> Result? {
        guard let head = head(of: request) else { return nil }
        let body = UnsafeRawBufferPointer(rebasing: request[head.end...])
        guard head.isChunked else { return use(head, body) }
        return withUnsafeTemporaryAllocation(byteCount: body.count, alignment: 1) { room in
            guard let length = ChunkedPayload.copy(body, into: room) else { return nil }
            return use(head, UnsafeRawBufferPointer(rebasing: room[..<length]))
        }
    }

    private static func head(of request: UnsafeRawBufferPointer) -> Head? {
        var head = Head()
        var start = 0
        while true {
            let end = request.first(Ascii.lineFeed, from: start, to: request.count)
            guard end < request.count else { return nil }
            let line = UnsafeRawBufferPointer(rebasing: request[start...end])
            if line.equals("\r\n") {
                head.end = end + 1
                return head.framing.isEmpty ? nil : head
            }
            let isChunked = line.equals("Transfer-Encoding: chunked\r\n")
            if isChunked || line.begins(with: "Content-Length: ") {
                head.framing = start..<end + 1
                head.isChunked = isChunked
            }
            start = end + 1
        }
    }
}
