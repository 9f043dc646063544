internal import CDetach
internal import Glibc
public import Platform

/// Starts a keeper in place of one that died.
public enum KeeperRevival {
    /// Starts it, detached; of several started at the same time all but one end at once. It is an error of the system
    /// where not even that can be done.
    public static func start(_ locations: Locations) throws(SystemError) {
        var arguments = cStrings(["hale", "keeper", "-p", locations.project])
        let bytes = (try? readWholeFile("/proc/self/environ")) ?? []
        var environment = cStrings(bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
        defer { for text in arguments + environment { free(text) } }
        // It is to begin as this process did.
        DescriptorLimit.atStart.apply()
        defer { DescriptorLimit.raise() }
        let pid = hale_detach("/proc/self/exe", &arguments, &environment, locations.ownLogs + "/keeper.log")
        if pid < 0 { throw SystemError(code: -Int32(pid), attempt: "start a keeper") }
    }

    private static func cStrings(_ strings: [String]) -> [UnsafeMutablePointer<CChar>?] {
        strings.map { strdup($0) } + [nil]
    }
}
