/// Which DNS servers programs ask (resolv.conf(5)), as seen from a network namespace: who listens on the host's loopback
/// is not to be reached from there.
public enum ResolverFile {
    private static let usual = "/etc/resolv.conf"
    /// The servers that systemd-resolved asks itself, as it writes them beside the file that leads to it
    /// (systemd-resolved.service(8)).
    private static let upstream = "/run/systemd/resolve/resolv.conf"

    /// What a process in a network namespace finds as /etc/resolv.conf.
    public enum Choice: Hashable, Sendable {
        /// The host's own.
        case own
        /// That file in place of it.
        case other(String)
        /// None that would help.
        case none
    }

    /// The choice on this machine as it is now.
    public static func choice() -> Choice {
        choice { (try? readWholeFile($0, limit: 65_536)).map { String(decoding: $0, as: UTF8.self) } }
    }

    static func choice(_ read: (String) -> String?) -> Choice {
        if namesServerElsewhere(read(usual) ?? "") { return .own }
        return read(upstream).map(namesServerElsewhere) == true ? .other(upstream) : .none
    }

    /// Where none is named there is nobody to lose.
    private static func namesServerElsewhere(_ text: String) -> Bool {
        let servers = text.split(separator: "\n").compactMap { line -> Substring? in
            let words = line.split(whereSeparator: \.isWhitespace)
            return words.first == "nameserver" && words.count > 1 ? words[1] : nil
        }
        return servers.isEmpty || servers.contains { !$0.hasPrefix("127.") && $0 != "::1" }
    }
}
