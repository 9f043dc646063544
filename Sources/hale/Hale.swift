internal import Commands
internal import Gateway
internal import Glibc
internal import Healer
internal import Keeper

/// The binary: the command line and, hidden behind three of its verbs, Hale's own processes.
@main
enum Hale {
    static func main() {
        exit(HaleCommandLine.run(Array(CommandLine.arguments.dropFirst()), roles: roles))
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
