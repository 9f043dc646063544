internal import Glibc
internal import Platform

/// Cuts a stream into lines and stamps each, in the format of Kubernetes' container runtimes:
/// `2026-11-24T03:06:22.123456789Z stdout F text`, with P in place of F for a piece that goes on in the next line.
struct LineStamper {
    /// A line longer than this is cut into pieces.
    static let longest = 16_384

    let stream: String
    private var pending: [UInt8] = []

    init(stream: String) {
        self.stream = stream
    }

    /// The stamped lines that `bytes` complete.
    mutating func stamp(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(bytes.count + bytes.count / 2)
        let time = Self.time()
        var position = 0
        while let base = bytes.baseAddress, position < bytes.count {
            let newline = memchr(base + position, Int32(UInt8(ascii: "\n")), bytes.count - position)
            let end = newline.map { UnsafeRawPointer($0) - base } ?? bytes.count
            let next = min(end, position + Self.longest - pending.count)
            pending += bytes[position..<next]
            position = next
            let isFull = pending.count == Self.longest
            guard isFull || newline != nil else { break }
            Self.add(to: &lines, time, stream, pending, partial: isFull)
            pending.removeAll(keepingCapacity: true)
            // A line end right after a full piece is that of the next, which is empty.
            if !isFull { position += 1 }
        }
        return lines
    }

    /// The same, for bytes in an array.
    mutating func stamp(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { stamp($0) }
    }

    /// What came without a line end, as a line; for the end of the process.
    mutating func finish() -> [UInt8] {
        guard !pending.isEmpty else { return [] }
        defer { pending.removeAll() }
        return Self.line(stream, pending, partial: false)
    }

    /// One stamped line.
    static func line(_ stream: String, _ text: [UInt8], partial: Bool) -> [UInt8] {
        var line: [UInt8] = []
        add(to: &line, time(), stream, text, partial: partial)
        return line
    }

    private static func add(
        to lines: inout [UInt8], _ time: [UInt8], _ stream: String, _ text: [UInt8], partial: Bool
    ) {
        lines += time
        lines += stream.utf8
        lines += partial ? " P ".utf8 : " F ".utf8
        lines += text
        lines.append(UInt8(ascii: "\n"))
    }

    private static func time() -> [UInt8] {
        let now = Calendar.now()
        var seconds = time_t(now / 1_000_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text: [UInt8] = []
        func put(_ number: Int, _ digits: Int, _ after: Unicode.Scalar) {
            var divisor = 1
            for _ in 1..<digits { divisor *= 10 }
            while divisor > 0 {
                text.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
                divisor /= 10
            }
            text.append(UInt8(ascii: after))
        }
        put(Int(parts.tm_year) + 1_900, 4, "-")
        put(Int(parts.tm_mon) + 1, 2, "-")
        put(Int(parts.tm_mday), 2, "T")
        put(Int(parts.tm_hour), 2, ":")
        put(Int(parts.tm_min), 2, ":")
        put(Int(parts.tm_sec), 2, ".")
        put(Int(now % 1_000_000_000), 9, "Z")
        text.append(UInt8(ascii: " "))
        return text
    }
}
