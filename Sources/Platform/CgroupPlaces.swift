internal import Glibc

/// Where the cgroups of a process are (cgroups(7)).
public enum CgroupPlaces {
    /// The folders of the groups below Hale's own that the process is in: by controller in version 1, and under the
    /// empty name in version 2. Empty where Hale has given it none.
    public static func folders(of pid: Int32, top: String = "/sys/fs/cgroup") -> [String: String] {
        let bytes = (try? readWholeFile("/proc/\(pid)/cgroup", limit: 1 << 20)) ?? []
        return folders(from: String(decoding: bytes, as: UTF8.self), top: top)
    }

    /// The same for the text of /proc/PID/cgroup.
    static func folders(from text: String, top: String) -> [String: String] {
        var folders: [String: String] = [:]
        let unified = access(top + "/cgroup.procs", F_OK) == 0 ? top : top + "/unified"
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[2].hasPrefix("/hale/"), !parts[2].contains("/../") else { continue }
            if parts[1].isEmpty {
                folders[""] = unified + parts[2]
            } else if !parts[1].hasPrefix("name=") {
                // Controllers that are mounted together are in one folder, to which each has a link.
                for controller in parts[1].split(separator: ",") {
                    folders[String(controller)] = "\(top)/\(controller)\(parts[2])"
                }
            }
        }
        return folders
    }
}
