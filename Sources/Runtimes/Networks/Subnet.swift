/// 254 IPv4 addresses that differ in the last byte alone: 10.210.7.0/24.
struct Subnet: Hashable {
    /// The first three bytes.
    private let prefix: UInt32

    /// The one with that address in it; nil where it is no numeric IPv4 address.
    init?(around address: some StringProtocol) {
        let parts = address.split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
        guard parts.count == 4 else { return nil }
        prefix = UInt32(parts[0]) << 16 | UInt32(parts[1]) << 8 | UInt32(parts[2])
    }

    private init(prefix: UInt32) {
        self.prefix = prefix
    }

    /// One of its addresses.
    func address(_ last: UInt8) -> String {
        "\(prefix >> 16).\(prefix >> 8 & 0xff).\(prefix & 0xff).\(last)"
    }

    /// As it stands in rules: `10.210.7.0/24`.
    var text: String { address(0) + "/24" }

    /// The first of 1,024 between 10.210.0.0 and 10.213.255.255 that no route of the host leads to, beginning with one that
    /// `seed` chooses; nil where there is none. `routes` is the text of /proc/net/route, `others` are taken without one.
    static func free(routes: String, besides others: [Subnet], seed: UInt64) -> Subnet? {
        let taken = routes.split(separator: "\n").dropFirst().compactMap(Route.init)
        let (first, count) = (UInt32(10) << 16 | 210 << 8, UInt32(1_024))
        for step in 0..<count {
            let subnet = Subnet(prefix: first + (UInt32(truncatingIfNeeded: seed) &+ step) % count)
            if !others.contains(subnet), !taken.contains(where: { $0.overlaps(subnet) }) { return subnet }
        }
        return nil
    }

    /// One line of /proc/net/route: addresses in hexadecimal, as they lie in memory.
    private struct Route {
        let destination: UInt32
        let mask: UInt32

        init?(_ line: Substring) {
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count > 7, let destination = UInt32(fields[1], radix: 16),
                let mask = UInt32(fields[7], radix: 16)
            else { return nil }
            self.destination = UInt32(bigEndian: destination)
            self.mask = UInt32(bigEndian: mask)
        }

        /// The default route leads everywhere and takes nothing.
        func overlaps(_ subnet: Subnet) -> Bool {
            let common = mask & 0xffff_ff00
            return mask != 0 && (subnet.prefix << 8) & common == destination & common
        }
    }
}
