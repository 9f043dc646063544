internal import Protocols

/// What the access log will say of the request or connection that a client has under way.
///
/// A connection has one only where its route logs. It keeps copies of what is gone by the time the line is written, as far
/// as they fit.
struct AccessNote {
    /// A few bytes that a client sent.
    struct Text<let most: Int> {
        private(set) var bytes = InlineArray<most, UInt8>(repeating: 0)
        private(set) var length = 0
        /// Whether there were more.
        private(set) var isCut = false

        /// Takes over as many as fit.
        mutating func set(_ source: UnsafeRawBufferPointer) {
            length = min(source.count, most)
            isCut = source.count > most
            for place in 0..<length { bytes[place] = source[place] }
        }

        mutating func clear() {
            length = 0
            isCut = false
        }

        /// The memory that the bytes are at the beginning of.
        mutating func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
            withUnsafeBytes(of: &bytes, body)
        }
    }

    /// Whether a line is still to be written.
    var isOpen = false
    /// When the request was taken up or the client accepted; nanoseconds on the monotonic clock.
    var startedAt: Int64 = 0
    /// Since when it waits in line; zero where it does not.
    var heldSince: Int64 = 0
    /// Nanoseconds that it has waited.
    var held: Int64 = 0
    /// Times that an instance was asked.
    var attempts: UInt32 = 0
    /// The instance that was asked last, in the `CallLedger`.
    var instance = CallLedger.none
    /// What the client was answered; zero is nothing.
    var status: UInt16 = 0
    /// Bytes from the client.
    var requestBytes: UInt64 = 0
    /// Bytes to the client.
    var responseBytes: UInt64 = 0
    /// What became of it, in a word.
    var outcome: StaticString?
    /// Whether that is that nobody was to serve it.
    var isRefused = false
    /// Why, where that is no matter of course.
    var reason: String?
    /// Who the client is.
    var client = ClientAddress()
    /// Empty where it is no request.
    var method = Text<32>()
    /// Path and query.
    var path = Text<1_024>()
    /// The `X-Request-Id` that the instance is given.
    var requestID = Text<128>()

    /// Begins anew with the same client.
    mutating func open(at now: Int64) {
        isOpen = true
        startedAt = now
        heldSince = 0
        held = 0
        attempts = 0
        instance = CallLedger.none
        status = 0
        requestBytes = 0
        responseBytes = 0
        outcome = nil
        isRefused = false
        reason = nil
        method.clear()
        path.clear()
        requestID.clear()
    }

    /// It waits no more.
    mutating func endHold(at now: Int64) {
        guard heldSince > 0 else { return }
        held += now - heldSince
        heldSince = 0
    }
}

/// Memory for the notes of connections. Some that nobody uses are kept, to spare an allocation for each client.
struct AccessNotePool: ~Copyable {
    private static let mostUnused = 256
    private var unused: [UnsafeMutablePointer<AccessNote>] = []

    deinit {
        for note in unused { note.deallocate() }
    }

    /// A note of nothing; to be given back.
    mutating func take() -> UnsafeMutablePointer<AccessNote> {
        let note = unused.popLast() ?? .allocate(capacity: 1)
        note.initialize(to: AccessNote())
        return note
    }

    /// Takes back a note.
    mutating func giveBack(_ note: UnsafeMutablePointer<AccessNote>) {
        note.deinitialize(count: 1)
        if unused.count < Self.mostUnused {
            unused.append(note)
        } else {
            note.deallocate()
        }
    }
}
