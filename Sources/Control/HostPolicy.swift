/// Which names a caller over TCP may use for this server.
///
/// A page on the web can point a name of its own at 127.0.0.1 and then read what listens there (DNS rebinding). Its
/// browser sends that name as `Host`, so only names that no stranger can own are answered.
enum HostPolicy {
    /// Why the request is refused, or nil where it is not. A request without `Host` (HTTP/1.0) comes from no browser.
    static func problem(hosts: [String], localAddress: String?) -> String? {
        guard hosts.count < 2 else { return "the request has \(hosts.count) Host headers; send one" }
        guard let host = hosts.first, !isAllowed(host, localAddress: localAddress) else { return nil }
        return "'\(host)' is not a name of this server; ask localhost, 127.0.0.1, [::1] or the address it listens on"
    }

    /// Whether a page of `origin` is one of this server's own.
    static func isOwn(origin: String, hosts: [String]) -> Bool {
        hosts.contains { origin == "http://" + $0 }
    }

    private static func isAllowed(_ host: String, localAddress: String?) -> Bool {
        guard let name = nameWithoutPort(host)?.lowercased() else { return false }
        return ["localhost", "127.0.0.1", "::1"].contains(name) || name == localAddress?.lowercased()
    }

    /// `[::1]:80` is `::1`; nil for what is no host and port.
    private static func nameWithoutPort(_ host: String) -> String? {
        if host.hasPrefix("[") {
            let parts = host.dropFirst().split(separator: "]", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1].isEmpty || isPort(parts[1]) else { return nil }
            return String(parts[0])
        }
        guard let colon = host.firstIndex(of: ":") else { return host }
        return isPort(host[colon...]) ? String(host[..<colon]) : nil
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.hasPrefix(":") && UInt16(text.dropFirst()) != nil
    }
}
