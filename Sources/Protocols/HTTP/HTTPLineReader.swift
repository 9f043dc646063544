/// Walks over the lines of a head. Stops at the first byte that is wrong, so that what it finds does not depend on how
/// much of the rest has arrived.
struct HTTPLineReader {
    let bytes: UnsafeRawBufferPointer
    /// The next byte to look at.
    var place = 0
    /// No byte from here on is looked at: the end of the bytes, or the limit.
    let end: Int
    private let lineBound: Int

    init(_ bytes: UnsafeRawBufferPointer, limits: HTTPLimits) {
        self.bytes = bytes
        end = min(bytes.count, limits.headBound)
        lineBound = limits.lineBound
    }

    mutating func passEmptyLines() throws(HeadStop) {
        var passed = 0
        while try isAtLineEnd() {
            guard passed < HTTPLimits.emptyLines else { throw .refused(.emptyLines) }
            try lineEnd()
            passed += 1
        }
    }

    /// Runs a reader of the first line, which may not take more than the line's limit.
    @inline(__always)
    mutating func firstLine<Line>(
        _ read: (inout HTTPLineReader, _ end: Int) throws(HeadStop) -> Line
    ) throws(HeadStop) -> Line {
        let bound = place + lineBound + 2
        let line: Line
        do {
            line = try read(&self, min(end, bound))
        } catch .incomplete {
            throw end >= bound ? .refused(.lineTooLong) : .incomplete
        }
        return line
    }

    /// The byte at `place`.
    @inline(__always)
    func peek() throws(HeadStop) -> UInt8 {
        guard place < end else { throw .incomplete }
        return bytes[place]
    }

    /// Whether the next byte, before `limit`, is the first one of a line's end, right or wrong.
    @inline(__always)
    func isAtLineEnd(to limit: Int = .max) throws(HeadStop) -> Bool {
        guard place < limit else { throw .incomplete }
        let byte = try peek()
        return byte == Ascii.carriageReturn || byte == Ascii.lineFeed
    }

    /// Passes over a carriage return and line feed, both before `limit`.
    @inline(__always)
    mutating func lineEnd(to limit: Int = .max) throws(HeadStop) {
        let end = min(end, limit)
        guard place < end else { throw .incomplete }
        switch bytes[place] {
        case Ascii.carriageReturn:
            guard place + 1 < end else { throw .incomplete }
            guard bytes[place + 1] == Ascii.lineFeed else { throw .refused(.bareCarriageReturn) }
            place += 2
        case Ascii.lineFeed: throw .refused(.bareLineFeed)
        case _: throw .refused(.controlByte)
        }
    }

    /// Passes over the bytes of a token, up to `end`, and returns where they lie.
    @inline(__always)
    mutating func token(to end: Int) -> Range<UInt32> {
        // Of its own, so that it stays in a register: tokens are what takes longest in a head.
        var next = place
        while next < end, bytes[next].isToken { next += 1 }
        defer { place = next }
        return range(place, next)
    }

    /// Passes over the bytes that a target may be made of.
    @inline(__always)
    mutating func targetBytes(to end: Int) -> Range<UInt32> {
        let start = place
        place = bytes.firstOutsideTarget(from: place, to: end)
        return range(start, place)
    }

    /// Passes over blanks.
    @inline(__always)
    mutating func blanks() {
        while place < end, bytes[place].isBlank { place += 1 }
    }

    /// Passes over text up to the line's end, and the end too; returns the text without the blanks behind it.
    @inline(__always)
    mutating func textLine() throws(HeadStop) -> Range<UInt32> {
        let start = place
        repeat {
            place = bytes.firstControl(from: place, to: end)
            guard place < end else { throw .incomplete }
            guard bytes[place] == Ascii.tab else { break }
            place += 1
        } while true
        var last = place
        while last > start, bytes[last - 1].isBlank { last -= 1 }
        try lineEnd()
        return range(start, last)
    }

    /// Passes over one byte that is `expected`.
    @inline(__always)
    mutating func one(_ expected: UInt8, to end: Int, else refusal: HTTPRefusal) throws(HeadStop) {
        guard place < end else { throw .incomplete }
        guard bytes[place] == expected else { throw .refused(refusal) }
        place += 1
    }

    /// Offsets of the bytes that the limit keeps below 16 MiB.
    @inline(__always)
    func range(_ start: Int, _ end: Int) -> Range<UInt32> {
        UInt32(truncatingIfNeeded: start)..<UInt32(truncatingIfNeeded: end)
    }
}
