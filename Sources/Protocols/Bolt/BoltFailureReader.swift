/// Finds the status code in the map of a FAILURE message, whose bytes may come in pieces: the value of `code`, or of
/// `neo4j_code` since Bolt 5.7.
struct BoltFailureReader: Equatable {
    enum State: Equatable {
        case marker
        case size(marker: UInt8, left: Int)
        case signature(fields: UInt64)
        case plain
        case text
        case done(BoltFailure)
    }

    /// Most bytes of a message that are looked at.
    private static let mostBytes = 8192

    private var state = State.marker
    private var stack = ValueStack()
    private var size: UInt64 = 0
    private var remaining: UInt64 = 0
    private var seen = 0
    private var text = ShortText()
    /// Whether the last key of the outermost map was one whose value is the code.
    private var isCodeNext = false

    /// What the code tells; nil before it came.
    var failure: BoltFailure? {
        if case .done(let failure) = state { failure } else { nil }
    }

    mutating func take(_ byte: UInt8) {
        seen += 1
        guard seen <= Self.mostBytes else {
            state = .done(.unknown)
            return
        }
        switch state {
        case .marker: takeHeader(PackStreamHeader(marker: byte))
        case .size(let marker, let left):
            size = size << 8 | UInt64(byte)
            if left == 1 {
                takeHeader(PackStreamHeader(marker: marker, size: size))
            } else {
                state = .size(marker: marker, left: left - 1)
            }
        case .signature(let fields): enter(fields)
        case .plain, .text:
            if state == .text { text.append(byte) }
            remaining -= 1
            if remaining == 0 { endScalar() }
        case .done: break
        }
    }

    /// The message has ended; a code that did not come is unknown.
    mutating func end() {
        if failure == nil { state = .done(.unknown) }
    }

    private mutating func takeHeader(_ header: PackStreamHeader) {
        text = ShortText()
        size = 0
        switch header {
        case .plain(let bytes):
            remaining = bytes
            state = .plain
            if bytes == 0 { endScalar() }
        case .text(let bytes):
            remaining = bytes
            state = .text
            if bytes == 0 { endScalar() }
        case .values(let count): enter(count)
        case .structure(let fields): state = .signature(fields: fields)
        case .sized(let marker, let bytes): state = .size(marker: marker, left: bytes)
        case .unknown: state = .done(.unknown)
        }
    }

    private mutating func enter(_ count: UInt64) {
        guard stack.enter(count) else {
            state = .done(.unknown)
            return
        }
        state = .marker
        if count == 0, stack.endValue(wasEntered: true) { end() }
    }

    private mutating func endScalar() {
        let isText = state == .text
        state = .marker
        if stack.depth == 1 {
            // Keys and values take turns: an even number is missing before a key.
            let isKey = stack.missingInnermost.isMultiple(of: 2)
            if isCodeNext, !isKey, isText {
                state = .done(text.withBytes { BoltFailure(code: $0) })
                return
            }
            isCodeNext = isKey && isText && text.withBytes { $0.equals("code") || $0.equals("neo4j_code") }
        }
        if stack.endValue() { end() }
    }
}
