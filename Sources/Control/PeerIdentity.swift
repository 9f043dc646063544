internal import Glibc
internal import Platform

/// Who is at the other end of a unix socket (unix(7), SO_PEERCRED).
enum PeerIdentity {
    /// The user and the program: `root by hale`; nil where it cannot be told.
    static func text(of descriptor: Int32) -> String? {
        // struct ucred: pid, uid, gid.
        var credentials: (pid: Int32, user: UInt32, group: UInt32) = (0, UInt32.max, UInt32.max)
        var size = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0, credentials.pid > 0 else {
            return nil
        }
        let program = program(of: credentials.pid).map { " by \($0)" } ?? ""
        return (userName(credentials.user) ?? "user \(credentials.user)") + program
    }

    private static func userName(_ user: UInt32) -> String? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 4_096)
        guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, let name = found?.pointee.pw_name else {
            return nil
        }
        return String(cString: name)
    }

    /// The name of the program it runs, without its folder; it may have ended by now.
    private static func program(of pid: Int32) -> String? {
        let bytes = (try? readWholeFile("/proc/\(pid)/comm", limit: 100)) ?? []
        let name = String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
        return name.isEmpty ? nil : name
    }
}
