/// The short form of a port, `ADDRESS:PUBLISHED:TARGET/PROTOCOL`, with ranges.
enum PortSyntax {
    /// The long forms that `text` stands for: a range of targets is one for each.
    static func parse(_ text: String, at mark: Mark) throws(ComposeError) -> [NodeMap] {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let published = parts.count > 1 ? parts[parts.count - 2] : ""
        let (container, transport) = split(parts.last ?? "")
        guard !container.isEmpty else { throw mark.error("port \"\(text)\" names no port of the container") }
        guard ["tcp", "udp", "sctp"].contains(transport) else {
            throw mark.error("expected tcp, udp or sctp, found \"\(transport)\" in port \"\(text)\"")
        }
        let address = try address(parts.dropLast(2).joined(separator: ":"), in: text, at: mark)
        let targets = try range(container, in: text, at: mark)
        let hosts = published.isEmpty ? nil : try range(published, in: text, at: mark)
        if let hosts, hosts.count != targets.count, targets.count > 1 {
            throw mark.error("port \"\(text)\" has ranges of different lengths")
        }
        return targets.enumerated().map { offset, target in
            let host = hosts.map { hosts in
                targets.count == 1 && hosts.count > 1
                    ? "\(hosts.lowerBound)-\(hosts.upperBound)" : "\(Int(hosts.lowerBound) + offset)"
            }
            return map(address: address, published: host, target: target, transport: transport, at: mark)
        }
        .sorted { ($0["target"]?.scalarText ?? "") < ($1["target"]?.scalarText ?? "") }
    }

    private static func split(_ text: String) -> (port: String, transport: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let port = parts.first.map(String.init) ?? ""
        guard parts.count > 1, !parts[1].isEmpty else { return (port, "tcp") }
        return (port, parts[1].lowercased())
    }

    private static func address(_ text: String, in port: String, at mark: Mark) throws(ComposeError) -> String? {
        guard !text.isEmpty else { return nil }
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        guard AddressSyntax.isAddress(bare) else {
            throw mark.error("expected an IP address, found \"\(bare)\" in port \"\(port)\"")
        }
        return bare
    }

    private static func range(_ text: String, in port: String, at mark: Mark) throws(ComposeError) -> ClosedRange<
        UInt16
    > {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first.flatMap({ number($0) }), let last = parts.last.flatMap({ number($0) }) else {
            throw mark.error("expected a port from 0 to 65535 or a range, found \"\(text)\" in port \"\(port)\"")
        }
        guard first <= last else { throw mark.error("range \"\(text)\" ends before it begins in port \"\(port)\"") }
        return first...last
    }

    private static func number(_ text: Substring) -> UInt16? {
        text.allSatisfy { ("0"..."9").contains($0) } ? UInt16(text) : nil
    }

    private static func map(
        address: String?, published: String?, target: UInt16, transport: String, at mark: Mark
    ) -> NodeMap {
        var map: NodeMap = ["mode": Node(.string("ingress"), at: mark)]
        if let address { map["host_ip"] = Node(.string(address), at: mark) }
        map["target"] = Node(.integer(Int64(target)), at: mark)
        if let published { map["published"] = Node(.string(published), at: mark) }
        map["protocol"] = Node(.string(transport), at: mark)
        return map
    }
}
