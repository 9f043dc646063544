internal import Protocols

/// Heads as they go on: without what was meant for the gateway alone, and with what it knows of the client.
extension Forwarder {
    /// Writes the head of a request; its length, or nil where it does not fit.
    func composeHead(
        _ place: Int32, _ head: HTTPRequestHead, _ bytes: UnsafeRawBufferPointer,
        into room: UnsafeMutableRawBufferPointer
    ) -> Int? {
        let exchange = table.exchange(place)
        return withUnsafeTemporaryAllocation(byteCount: RequestNames.length, alignment: 1) { name in
            requestNames.next(into: name)
            noteRequestName(place, name)
            return withUnsafeBytes(of: &exchange.pointee.client.text) { address in
                let client = UnsafeRawBufferPointer(rebasing: address[..<exchange.pointee.client.length])
                let additions = HTTPHeadWriter.RequestAdditions(
                    clientAddress: client, isEncrypted: table.record(place).pointee.isEncrypted,
                    requestID: UnsafeRawBufferPointer(name),
                    host: UnsafeRawBufferPointer(start: nil, count: 0),
                    trustsForwarded: exchange.pointee.client.isOfThisHost, closes: false)
                return HTTPHeadWriter.writeRequest(
                    head, fields: UnsafeBufferPointer(fields), original: bytes, adding: additions, into: room)
            }
        }
    }

    /// Writes the head of a response and the beginning of its body to `outgoing`; the length of both, or nil where they do
    /// not fit.
    func composeResponseHead(
        _ place: Int32, _ head: HTTPResponseHead, _ bytes: UnsafeRawBufferPointer, bodyBytes: Int
    ) -> Int? {
        let flags = table.exchange(place).pointee.flags
        let room = UnsafeMutableRawBufferPointer(start: outgoing, count: BufferPool.size)
        let length = HTTPHeadWriter.writeResponse(
            head, fields: UnsafeBufferPointer(fields), original: bytes,
            requestMinorVersion: flags.contains(.isOld) ? 0 : 1, closes: flags.contains(.closes),
            requestID: UnsafeRawBufferPointer(start: nil, count: 0), into: room)
        guard let length = markStandIn(place, head: length, in: room), length + bodyBytes <= room.count else {
            return nil
        }
        if bodyBytes > 0, let body = UnsafeRawBufferPointer(rebasing: bytes[head.headLength...]).baseAddress {
            (outgoing + length).copyMemory(from: body, byteCount: bodyBytes)
        }
        return length + bodyBytes
    }
}

/// What a head may grow by on its way.
enum HeadRoom {
    static let bytes = 1_024
}
