internal import Glibc

/// The name of the host, by which people who have several know where to look.
public enum HostName {
    /// As the kernel has it when it is first asked for (uname(2)); `localhost` where it has none.
    public static let current: String = {
        var names = utsname()
        guard uname(&names) == 0 else { return "localhost" }
        let text = withUnsafeBytes(of: &names.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return text.isEmpty ? "localhost" : text
    }()
}
