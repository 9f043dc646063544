public import Platform
internal import Stack

/// Asks a `MonitorServer`.
public enum MonitorClient {
    private static let timeout = Duration.seconds(10)

    /// Asks a page that says whether all is well: nil where it is, otherwise what it says, or why it says nothing.
    /// Where `address` is that of all interfaces, the loopback one is asked. Waits for the answer.
    public static func problem(at address: SocketAddress, path: String) -> String? {
        let outcome = CurlExchange.run(
            socketPath: nil, url: "http://\(reachable(address))\(path)", body: nil,
            userAgent: ClientName.userAgent(version: HaleVersion.current, verb: nil), timeout: timeout)
        switch outcome {
        case .answer(let answer) where answer.status == 200: return nil
        case .answer(let answer):
            let lines = String(decoding: answer.body.prefix(1_000), as: UTF8.self).split(separator: "\n")
            return lines.joined(separator: " ")
        case .notConnected: return "nobody listens at \(address)"
        case .timedOut: return "nobody answers at \(address)"
        case .interrupted: return "the connection to \(address) was closed without an answer"
        case .broken(let reason): return "\(address): \(reason)"
        }
    }

    private static func reachable(_ address: SocketAddress) -> SocketAddress {
        switch address {
        case .ipv4("0.0.0.0", let port): .ipv4("127.0.0.1", port: port)
        case .ipv6("::", let port): .ipv6("::1", port: port)
        case .ipv4, .ipv6, .unix: address
        }
    }
}
