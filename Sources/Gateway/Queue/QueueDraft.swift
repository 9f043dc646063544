internal import Protocols
internal import Queueing

/// A request that is to be kept, as far as it has come.
final class QueueDraft {
    /// Bytes that its body may have.
    private let most: Int
    private var request: QueuedRequest
    /// Whether its client has sent more of it than the exchange has.
    private(set) var hasOutgrown = false

    /// Of a head as `HTTPHeadWriter` writes it and what has come of the body, which is to have up to `most` bytes; nil where
    /// such a request is not kept.
    init?(_ bytes: UnsafeRawBufferPointer, _ progress: BodyProgress, limits: HTTPLimits, queue: QueueTreatment) {
        let parsed = withUnsafeTemporaryAllocation(of: HTTPField.self, capacity: limits.fields) { fields in
            fields.initialize(repeating: .none)
            return Self.request(bytes, fields, limits, queue)
        }
        guard let parsed else { return nil }
        request = parsed
        most = queue.body
        guard Self.length(bytes.count - request.headLength, progress) <= most else { return nil }
    }

    private static func request(
        _ bytes: UnsafeRawBufferPointer, _ fields: UnsafeMutableBufferPointer<HTTPField>, _ limits: HTTPLimits,
        _ queue: QueueTreatment
    ) -> QueuedRequest? {
        guard case .head(let head) = HTTPHeadParser.parseRequest(bytes, fields: fields, limits: limits),
            // Who waits to be told to send the body is to be told by its service.
            !head.expectsContinue, queue.takes(head.method),
            // What it grows by when it is delivered has to have room.
            head.headLength + HeadRoom.bytes <= limits.headBytes, head.fieldCount + 2 <= limits.fields
        else { return nil }
        func part(_ range: Range<UInt32>) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(rebasing: bytes[Int(range.lowerBound)..<Int(range.upperBound)])
        }
        guard queue.takes(path: part(head.path)) else { return nil }
        var key: UnsafeRawBufferPointer?
        var authorization: UnsafeRawBufferPointer?
        for field in fields.prefix(head.fieldCount) {
            if field.known == .idempotencyKey, !field.value.isEmpty { key = part(field.value) }
            if field.known == .authorization { authorization = part(field.value) }
        }
        // Two clients may have come upon the same key.
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        let identity = key.map { key in
            [part(head.methodName), part(head.authority), part(head.path), authorization ?? nothing, key]
                .reduce(into: [UInt8]()) { $0 += Array($1) + [0] }
        }
        return QueuedRequest(
            method: String(decoding: part(head.methodName), as: UTF8.self),
            target: String(decoding: part(head.path), as: UTF8.self), identity: identity,
            headLength: head.headLength, bytes: Array(bytes))
    }

    private static func length(_ present: Int, _ progress: BodyProgress) -> Int {
        switch progress {
        case .length(let left): present + Int(clamping: min(left, UInt64(Int.max / 2)))
        case .none, .chunked, .untilClose: present
        }
    }

    /// Adds to the body; false where it is too long now.
    func append(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !bytes.isEmpty else { return true }
        hasOutgrown = true
        guard request.bytes.count - request.headLength + bytes.count <= most else { return false }
        request.bytes += bytes
        return true
    }

    /// All of it.
    var whole: QueuedRequest { request }
}
