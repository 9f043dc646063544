/// One end of a connection that waits.
protocol ByteStream {
    func send(_ bytes: [UInt8]) throws
    /// What arrives next; empty at the end.
    func receive() throws -> [UInt8]
}

extension ByteStream {
    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func receive(count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try receive()
            guard !more.isEmpty else { throw Peer.Failure.ended }
            bytes += more
        }
        return bytes
    }

    func text(_ count: Int) throws -> String { String(decoding: try receive(count: count), as: UTF8.self) }

    func receiveAll() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let more = try receive()
            if more.isEmpty { return bytes }
            bytes += more
        }
    }
}
