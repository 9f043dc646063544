internal import Glibc

/// A user of the machine, as numbers.
public struct UserIdentity: Hashable, Sendable {
    /// User number.
    public var user: UInt32
    /// Group number.
    public var group: UInt32
    /// The groups the user is in besides.
    public var supplementary: [UInt32]
    /// Its name, or its number as text where the machine knows no name.
    public var name: String
    /// Its home folder; `/` where the machine knows none.
    public var home: String

    /// Looks up `user[:group]`, each a name or a number, as Compose's `user` gives it.
    public static func lookUp(_ text: String) throws(UnknownUser) -> UserIdentity {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let first = parts.first, !first.isEmpty else { throw UnknownUser(name: text, kind: "user") }
        var identity = try user(first)
        if parts.count == 2, !parts[1].isEmpty {
            identity.group = try group(parts[1])
            identity.supplementary = []
        }
        return identity
    }

    private static func user(_ text: String) throws(UnknownUser) -> UserIdentity {
        let number = UInt32(text)
        guard let entry = number.map({ getpwuid($0) }) ?? getpwnam(text) else {
            guard let number else { throw UnknownUser(name: text, kind: "user") }
            return UserIdentity(user: number, group: number, supplementary: [], name: text, home: "/")
        }
        let name = String(cString: entry.pointee.pw_name)
        let home = String(cString: entry.pointee.pw_dir)
        let (user, group) = (entry.pointee.pw_uid, entry.pointee.pw_gid)
        return UserIdentity(
            user: user, group: group, supplementary: groups(of: name, group: group), name: name, home: home)
    }

    private static func groups(of name: String, group: UInt32) -> [UInt32] {
        var count: Int32 = 64
        var list = [UInt32](repeating: 0, count: Int(count))
        if getgrouplist(name, group, &list, &count) < 0, count > 64 {
            list = [UInt32](repeating: 0, count: Int(count))
            guard getgrouplist(name, group, &list, &count) >= 0 else { return [group] }
        }
        return Array(list.prefix(Int(max(0, count))))
    }

    private static func group(_ text: String) throws(UnknownUser) -> UInt32 {
        if let number = UInt32(text) { return number }
        guard let entry = getgrnam(text) else { throw UnknownUser(name: text, kind: "group") }
        return entry.pointee.gr_gid
    }
}

/// A user or a group that the machine does not have.
public struct UnknownUser: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was asked for.
    public var name: String
    /// `user` or `group`.
    public var kind: String

    /// "there is no user 'postgres' on this machine".
    public var description: String { "there is no \(kind) '\(name)' on this machine" }
}
