internal import CMicroHTTPD

/// Hands answers to the library.
enum Answering {
    /// Bytes of a stream that the library asks for at once.
    private static let streamBlock = 16 << 10

    static func queue(_ response: Response, on connection: OpaquePointer) -> MHD_Result {
        let built = response.body.withUnsafeBytes { body in
            // The library copies the bytes, as the mode says, in spite of taking a mutable pointer.
            MHD_create_response_from_buffer(
                body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let built else { return .NO }
        return send(built, response, on: connection)
    }

    /// Answers with what `reader` gives, until it gives no more.
    static func queue(_ reader: EventReader, _ response: Response, on connection: OpaquePointer) -> MHD_Result {
        let retained = Unmanaged.passRetained(reader)
        let built = MHD_create_response_from_callback(
            UInt64.max, streamBlock,
            { context, _, buffer, size in
                guard let context, let buffer else { return -1 }
                let reader = Unmanaged<EventReader>.fromOpaque(context).takeUnretainedValue()
                let room = UnsafeMutableRawBufferPointer(start: buffer, count: size)
                // -1 is the end of the stream (MHD_CONTENT_READER_END_OF_STREAM, a macro that Swift cannot import).
                return reader.read(into: room) ?? -1
            }, retained.toOpaque(),
            { context in
                guard let context else { return }
                let reader = Unmanaged<EventReader>.fromOpaque(context)
                reader.takeUnretainedValue().close()
                reader.release()
            })
        guard let built else {
            reader.close()
            retained.release()
            return .NO
        }
        return send(built, response, on: connection)
    }

    private static func send(
        _ built: OpaquePointer, _ response: Response, on connection: OpaquePointer
    ) -> MHD_Result {
        defer { MHD_destroy_response(built) }
        var headers = response.headers
        headers["Cache-Control"] = headers["Cache-Control"] ?? "no-store"
        headers["X-Content-Type-Options"] = "nosniff"
        if !response.contentType.isEmpty { headers["Content-Type"] = response.contentType }
        for (name, value) in headers { MHD_add_response_header(built, name, value) }
        return MHD_queue_response(connection, UInt32(clamping: response.status), built)
    }
}
