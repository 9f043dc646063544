/// Fills a caller's buffer from its start. What does not fit is left out and remembered, so that a writer needs to look
/// at the end only.
struct ByteWriter {
    private let buffer: UnsafeMutableRawBufferPointer
    private var place = 0
    private var isOverfull = false

    init(_ buffer: UnsafeMutableRawBufferPointer) {
        self.buffer = buffer
    }

    /// The number of bytes written; nil where something did not fit.
    var length: Int? { isOverfull ? nil : place }

    @inline(__always)
    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= buffer.count - place else {
            isOverfull = true
            return
        }
        UnsafeMutableRawBufferPointer(rebasing: buffer[place..<(place + bytes.count)]).copyMemory(from: bytes)
        place += bytes.count
    }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func put(_ byte: UInt8) {
        withUnsafeBytes(of: byte) { put($0) }
    }

    /// Big-endian, as protocols have it.
    mutating func put(bigEndian number: UInt32) {
        withUnsafeBytes(of: number.bigEndian) { put($0) }
    }

    mutating func put(decimal number: UInt64) {
        var rest = number
        var power: UInt64 = 1
        while rest / power >= 10 { power &*= 10 }
        while power > 0 {
            put(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest / power))
            rest %= power
            power /= 10
        }
    }
}
