internal import Commands
internal import Gateway
internal import Glibc
internal import Healer
internal import Keeper
internal import Platform

/// The binary: the command line and, hidden behind three of its verbs, Hale's own processes.
@main
enum Hale {
    static func main() {
        exit(HaleCommandLine.run(Array(arguments().dropFirst()), roles: roles))
    }

    /// Swift finds the words beside the environment that the kernel laid, and none where a library that was preloaded
    /// (libfaketime, say) has already moved the environment elsewhere.
    private static func arguments() -> [String] {
        guard CommandLine.arguments.isEmpty else { return CommandLine.arguments }
        let bytes = (try? readWholeFile("/proc/self/cmdline")) ?? []
        return bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    private static let roles = Roles(
        keeper: { KeeperRole.run(locations: $0, executable: executable()) },
        healer: { HealerRole.run(locations: $0) },
        gateway: { GatewayRole.run(locations: $0) })

    /// The path of this binary; a new one put in its place is what the keeper starts the other roles from.
    @Sendable private static func executable() -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { return "/proc/self/exe" }
        let path = String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // So the kernel names a binary that was replaced (proc(5)) before this process was started from the old one.
        let deleted = " (deleted)"
        guard path.hasSuffix(deleted) else { return path }
        let current = String(path.dropLast(deleted.count))
        return access(current, X_OK) == 0 ? current : "/proc/self/exe"
    }
}
