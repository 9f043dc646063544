extension ChunkedReader {
    /// Most digits of a size: as many as the largest has.
    private static let mostDigits = 16

    /// Takes one byte of framing.
    mutating func take(_ byte: UInt8) {
        switch state {
        case .sizeStart: takeDigit(byte)
        case .size: takeAfterDigit(byte)
        case .chunkExtension: takeExtension(byte)
        case .sizeLineFeed: expectLineFeed(byte, then: remaining == 0 ? .trailerStart : .data)
        case .dataCarriageReturn: expect(Ascii.carriageReturn, byte, then: .dataLineFeed, else: .badChunkEnd)
        case .dataLineFeed: expect(Ascii.lineFeed, byte, then: .sizeStart, else: .badChunkEnd)
        case .trailerStart, .trailerName: takeTrailerName(byte)
        case .trailerLineFeed: expectLineFeed(byte, then: .trailerStart)
        case .lastLineFeed: expectLineFeed(byte, then: .ended)
        case .data, .trailerValue, .ended, .failed: break
        }
    }

    private mutating func takeDigit(_ byte: UInt8) {
        guard let value = byte.hexadecimalValue else { return fail(.badChunkSize) }
        if state == .sizeStart {
            digits = 0
            remaining = 0
            extensionBytes = 0
            state = .size
        }
        digits += 1
        // One digit fewer than fills 64 bits, but for leading zeros: no sum with such a size overflows elsewhere.
        guard digits <= Self.mostDigits, remaining < 1 << 56 else { return fail(.badChunkSize) }
        remaining = remaining << 4 | UInt64(value)
    }

    private mutating func takeAfterDigit(_ byte: UInt8) {
        switch byte {
        case Ascii.carriageReturn: state = .sizeLineFeed
        case UInt8(ascii: ";"): takeExtension(byte)
        case Ascii.lineFeed: fail(.bareLineFeed)
        case _: takeDigit(byte)
        }
    }

    private mutating func takeExtension(_ byte: UInt8) {
        switch byte {
        case Ascii.carriageReturn: state = .sizeLineFeed
        case Ascii.lineFeed: fail(.bareLineFeed)
        case _:
            extensionBytes += 1
            guard extensionBytes <= limits.extensionBytes, byte == Ascii.tab || byte >= Ascii.space, byte != 0x7f else {
                return fail(.badChunkExtension)
            }
            state = .chunkExtension
        }
    }

    /// A line's end whose carriage return was the last byte.
    private mutating func expectLineFeed(_ byte: UInt8, then next: State) {
        expect(Ascii.lineFeed, byte, then: next, else: .bareCarriageReturn)
    }

    private mutating func expect(_ expected: UInt8, _ byte: UInt8, then next: State, else refusal: HTTPRefusal) {
        guard byte == expected else { return fail(refusal) }
        state = next
    }

    mutating func fail(_ refusal: HTTPRefusal) {
        state = .failed(refusal)
    }
}
