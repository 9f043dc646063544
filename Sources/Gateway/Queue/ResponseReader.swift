internal import Glibc
internal import Protocols
internal import Queueing
internal import Stack

/// Reads a whole response, and keeps as much of it as is wanted.
struct ResponseReader {
    /// How far that has come.
    enum Progress {
        case needMore
        case response(KeptResponse, retryAfter: Duration?)
        case broken(String)
    }

    private static let limits = HTTPLimits()

    private let most: Int
    /// Bytes of a head that has not ended.
    private var head: [UInt8] = []
    private var response: KeptResponse?
    private var retryAfter: Duration?
    private var progress = BodyProgress.none
    private var isChunked = false
    /// The body as it comes, in its framing; nil where it is too long.
    private var body: [UInt8]? = []
    private var length: UInt64 = 0

    /// One that keeps a body of up to so many bytes.
    init(keeping most: Int) {
        self.most = most
    }

    /// More has come.
    mutating func read(_ bytes: some Collection<UInt8>) -> Progress {
        guard response == nil else { return readBody(Array(bytes)) }
        head += bytes
        return readHead()
    }

    /// Nothing more will come.
    func end() -> Progress {
        if response != nil, case .untilClose = progress { return finished() }
        return .broken(response == nil ? "it broke off before it had answered" : "its answer broke off")
    }

    private mutating func readHead() -> Progress {
        while true {
            let bytes = head
            let parsed = withUnsafeTemporaryAllocation(of: HTTPField.self, capacity: Self.limits.fields) { fields in
                fields.initialize(repeating: .none)
                return bytes.withUnsafeBytes { readHead($0, fields) }
            }
            switch parsed {
            case .incomplete: return .needMore
            case .refused: return .broken("its answer makes no sense")
            case .head(let found):
                head.removeFirst(found.headLength)
                if found.isInformational { continue }
                let rest = head
                head = []
                return readBody(rest)
            }
        }
    }

    private mutating func readHead(
        _ bytes: UnsafeRawBufferPointer, _ fields: UnsafeMutableBufferPointer<HTTPField>
    ) -> HTTPParse<HTTPResponseHead> {
        let parsed = HTTPHeadParser.parseResponse(
            bytes, fields: fields, limits: Self.limits, requestMethod: .post, upgradeRequested: false)
        guard case .head(let head) = parsed, !head.isInformational else { return parsed }
        let view = HTTPFieldView(
            fields: UnsafeBufferPointer(rebasing: UnsafeBufferPointer(fields)[..<head.fieldCount]), original: bytes)
        response = KeptResponse(status: head.status, fields: Self.stored(head, view), body: nil, length: 0)
        retryAfter = Self.retryAfter(view)
        progress = BodyProgress(head.framing)
        isChunked = head.framing == .chunked
        return parsed
    }

    private static func stored(_ head: HTTPResponseHead, _ view: HTTPFieldView) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: limits.headBytes + HeadRoom.bytes) { room, count in
            count = HTTPHeadWriter.writeStoredFields(head, view, into: UnsafeMutableRawBufferPointer(room)) ?? 0
        }
    }

    /// Seconds, or a date (RFC 9110 section 10.2.3).
    private static func retryAfter(_ view: HTTPFieldView) -> Duration? {
        for field in view.fields where field.known == .retryAfter {
            let value = UnsafeRawBufferPointer(
                rebasing: view.original[Int(field.value.lowerBound)..<Int(field.value.upperBound)])
            if let seconds = Int32(String(decoding: value, as: UTF8.self)) { return .seconds(max(seconds, 0)) }
            if let date = HTTPDate.seconds(value) { return .seconds(max(date - Int64(time(nil)), 0)) }
        }
        return nil
    }

    private mutating func readBody(_ bytes: [UInt8]) -> Progress {
        guard let taken = bytes.withUnsafeBytes({ progress.take($0) }) else {
            return .broken("its answer makes no sense")
        }
        length &+= UInt64(taken)
        keep(bytes.prefix(taken))
        return progress.isEnded ? finished() : .needMore
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        guard let present = body?.count else { return }
        // Chunks take some more for their framing.
        let room = isChunked ? 2 * most + 64 * 1024 : most
        if bytes.count > room - present { body = nil } else { body?.append(contentsOf: bytes) }
    }

    private func finished() -> Progress {
        guard var whole = response else { return .broken("its answer makes no sense") }
        whole.body = body.flatMap { isChunked ? Self.payload(of: $0, most: most) : $0 }
        whole.length = whole.body.map { UInt64($0.count) } ?? length
        return .response(whole, retryAfter: retryAfter)
    }

    /// What a body in chunks carries; nil where that is too much.
    private static func payload(of body: [UInt8], most: Int) -> [UInt8]? {
        var length: Int?
        let payload = [UInt8](unsafeUninitializedCapacity: min(body.count, most)) { room, count in
            length = body.withUnsafeBytes { ChunkedPayload.copy($0, into: UnsafeMutableRawBufferPointer(room)) }
            count = length ?? 0
        }
        return length == nil ? nil : payload
    }
}
