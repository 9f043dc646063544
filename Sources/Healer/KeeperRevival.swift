internal import CDetach
internal import Glibc
internal import Platform

/// Starts a keeper in place of one that died.
enum KeeperRevival {
    static func start(_ locations: Locations) {
        Log.write("the keeper is gone; starting another, which adopts what runs")
        var arguments = cStrings(["hale", "keeper", "-p", locations.project])
        let bytes = (try? readWholeFile("/proc/self/environ")) ?? []
        var environment = cStrings(bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
        defer { for text in arguments + environment { free(text) } }
        // It is to begin as this process did.
        DescriptorLimit.atStart.apply()
        defer { DescriptorLimit.raise() }
        let pid = hale_detach("/proc/self/exe", &arguments, &environment, locations.ownLogs + "/keeper.log")
        if pid < 0 { Log.write(SystemError(code: -Int32(pid), attempt: "start a keeper").description) }
    }

    private static func cStrings(_ strings: [String]) -> [UnsafeMutablePointer<CChar>?] {
        strings.map { strdup($0) } + [nil]
    }
}
