/// The IPv4 addresses of an engine's network, as `172.18.0.0/16` has them (RFC 4632).
struct EngineSubnet: Hashable, Sendable {
    private let base: UInt32
    private let bits: Int

    /// Nil for what is no such range, or none with room.
    init?(_ text: String) {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let bits = Int(parts[1]), (8...29).contains(bits), let address = Self.number(parts[0])
        else { return nil }
        self.bits = bits
        base = address & Self.mask(bits)
    }

    /// The highest addresses but the last, from above: an engine gives its own from below.
    func fromAbove() -> some Sequence<String> {
        let last = base | ~Self.mask(bits)
        // Half of them are the engine's in any case.
        let count = (~Self.mask(bits)) / 2
        return (1...max(count, 1)).lazy.map { Self.text(last - $0) }
    }

    /// Whether an address is one of them.
    func contains(_ address: String) -> Bool {
        Self.number(address).map { $0 & Self.mask(bits) == base } ?? false
    }

    private static func mask(_ bits: Int) -> UInt32 { ~UInt32(0) << UInt32(32 - bits) }

    private static func number(_ text: some StringProtocol) -> UInt32? {
        let bytes = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard bytes.count == 4 else { return nil }
        return bytes.reduce(UInt32?(0)) { number, byte in
            guard let number, let byte else { return nil }
            return number << 8 | UInt32(byte)
        }
    }

    private static func text(_ number: UInt32) -> String {
        "\(number >> 24).\(number >> 16 & 0xff).\(number >> 8 & 0xff).\(number & 0xff)"
    }
}
