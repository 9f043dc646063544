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

    /// The first of 1,024 between 10.210.0.0 and 10.213.255.255 that neither a route of the host leads to nor one of `others`
    /// is, beginning with one that `seed` chooses; nil where there is none.
    static func free(_ routes: HostRoutes, besides others: [Subnet], seed: UInt64) -> Subnet? {
        let (first, count) = (UInt32(10) << 16 | 210 << 8, UInt32(1_024))
        for step in 0..<count {
            let subnet = Subnet(prefix: first + (UInt32(truncatingIfNeeded: seed) &+ step) % count)
            if !others.contains(subnet), !routes.leads(to: subnet.prefix << 8, mask: 0xffff_ff00) { return subnet }
        }
        return nil
    }
}
