/// A reader that looks at bytes as they pass.
protocol Observing: Equatable {
    init()
    mutating func observe(_ bytes: UnsafeRawBufferPointer)
}

extension Observing {
    /// What is known after these pieces.
    init(after pieces: [[UInt8]]) {
        self.init()
        for piece in pieces { piece.withUnsafeBytes { observe($0) } }
    }

    /// The first place where cutting the bytes in two changes what is known, or minus one where passing them one by one
    /// does; nil where nothing does. Of long ones every so many places are tried.
    static func differs(on bytes: [UInt8]) -> Int? {
        let whole = Self(after: [bytes])
        if Self(after: bytes.map { [$0] }) != whole { return -1 }
        return stride(from: 0, through: bytes.count, by: max(bytes.count / 512, 1)).first {
            Self(after: [Array(bytes[..<$0]), Array(bytes[$0...])]) != whole
        }
    }
}

/// The four bytes of a number, as protocols have them.
func bigEndian(_ number: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: number).bigEndian) { Array($0) }
}
