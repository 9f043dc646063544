/// Where the host's own packets go (proc_pid_net(5), route).
struct HostRoutes {
    /// One line: addresses in hexadecimal, as they lie in memory.
    private struct Route {
        let interface: Substring
        let destination: UInt32
        let mask: UInt32

        init?(_ line: Substring) {
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count > 7, let destination = UInt32(fields[1], radix: 16),
                let mask = UInt32(fields[7], radix: 16)
            else { return nil }
            interface = fields[0]
            self.destination = UInt32(bigEndian: destination)
            self.mask = UInt32(bigEndian: mask)
        }

        /// It leads everywhere, and to nobody in particular.
        var isDefault: Bool { mask == 0 }
    }

    /// Where they are written.
    static let path = "/proc/net/route"

    private let routes: [Route]

    /// Those of `text`, with a head line; what is no route is left out.
    init(_ text: String) {
        routes = text.split(separator: "\n").dropFirst().compactMap(Route.init)
    }

    /// The interface of the default route; nil where there is none.
    var defaultInterface: String? {
        routes.first(where: \.isDefault).map { String($0.interface) }
    }

    /// Whether a route, but for the default one, leads to an address of that network.
    func leads(to network: UInt32, mask: UInt32) -> Bool {
        routes.contains { route in
            let common = route.mask & mask
            return !route.isDefault && network & common == route.destination & common
        }
    }
}
