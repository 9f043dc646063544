internal import Glibc

/// How many descriptors this process may have open (setrlimit(2), RLIMIT_NOFILE).
public struct DescriptorLimit: Hashable, Sendable {
    /// RLIMIT_NOFILE, as it is numbered on every architecture that Swift runs on.
    public static let resource: Int32 = 7

    /// The limit in force; UInt64.max is none.
    public var soft: UInt64
    /// How far it may be raised; UInt64.max is without end.
    public var hard: UInt64

    /// The limit of this process now; the usual one where the kernel does not say.
    public static var present: DescriptorLimit {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return DescriptorLimit(soft: 1_024, hard: 1_024)
        }
        return DescriptorLimit(soft: UInt64(limit.rlim_cur), hard: UInt64(limit.rlim_max))
    }

    /// What was in force when this process began. Programs should be started with it: those that use select(2) rely on
    /// it being low.
    public static let atStart = present

    /// Raises the limit of this process as far as it may be raised.
    public static func raise() {
        let start = atStart
        DescriptorLimit(soft: start.hard, hard: start.hard).apply()
    }

    /// Puts the limit in force for this process, where that is allowed.
    public func apply() {
        var limit = rlimit(rlim_cur: rlim_t(soft), rlim_max: rlim_t(hard))
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
