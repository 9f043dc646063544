/// How much the framing of a chunked body may hold.
public struct ChunkedLimits: Sendable, Equatable {
    /// Longest chunk extensions of one chunk, in bytes.
    public var extensionBytes: Int
    /// Longest trailer section, in bytes with its line ends.
    public var trailerBytes: Int

    /// Limits as given.
    public init(extensionBytes: Int = 256, trailerBytes: Int = 4096) {
        self.extensionBytes = extensionBytes
        self.trailerBytes = trailerBytes
    }
}

/// Finds the end of a chunked body (RFC 9112 §7.1) whose bytes are relayed as they are.
///
/// Because they are relayed, the framing is held to the grammar to the byte, without the leniency of RFC 9112 §2.2 for
/// bare line feeds and of §7.1.1 for blanks before extensions: wherever a lenient reader and a strict one part, a request
/// can be hidden.
public struct ChunkedReader: Sendable, Equatable {
    /// What the bytes given amount to.
    public enum Progress: Sendable, Equatable {
        /// All bytes given belong to the body, and more must follow.
        case needMore
        /// The body ended after that many of the bytes given, trailers and all.
        case ended(consumed: Int)
        /// What was given is no chunked body. The connection cannot be used any further.
        case refused(HTTPRefusal)
    }

    enum State: Equatable {
        /// Before the first digit of a size.
        case sizeStart
        case size
        case chunkExtension
        case sizeLineFeed
        case data
        case dataCarriageReturn
        case dataLineFeed
        /// At the start of a trailer field or of the empty line that ends the body.
        case trailerStart
        case trailerName
        case trailerValue
        case trailerLineFeed
        case lastLineFeed
        case ended
        case failed(HTTPRefusal)
    }

    let limits: ChunkedLimits
    var state = State.sizeStart
    /// The size of the chunk as far as its digits have come, then the bytes of it that have not.
    var remaining: UInt64 = 0
    var digits = 0
    var extensionBytes = 0
    var trailerBytes = 0
    var trailerName = ShortText()

    /// A reader at the start of a body.
    public init(limits: ChunkedLimits = ChunkedLimits()) {
        self.limits = limits
    }

    /// Looks at the next bytes of the connection. After the end it ends at once, and after a refusal it refuses again.
    public mutating func read(_ bytes: UnsafeRawBufferPointer) -> Progress {
        var place = 0
        while place < bytes.count {
            switch state {
            case .data:
                let present = min(remaining, UInt64(bytes.count - place))
                place += Int(present)
                remaining -= present
                if remaining == 0 { state = .dataCarriageReturn }
            case .trailerValue:
                place = passTrailerValue(bytes, from: place)
            case .ended, .failed:
                return progress(place)
            case .sizeStart, .size, .chunkExtension, .sizeLineFeed, .dataCarriageReturn, .dataLineFeed, .trailerStart,
                .trailerName, .trailerLineFeed, .lastLineFeed:
                take(bytes[place])
                place += 1
            }
        }
        return progress(place)
    }

    private func progress(_ place: Int) -> Progress {
        switch state {
        case .ended: .ended(consumed: place)
        case .failed(let refusal): .refused(refusal)
        case .sizeStart, .size, .chunkExtension, .sizeLineFeed, .data, .dataCarriageReturn, .dataLineFeed,
            .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .lastLineFeed:
            .needMore
        }
    }
}
