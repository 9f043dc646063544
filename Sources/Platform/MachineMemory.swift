/// The memory of this machine.
public enum MachineMemory {
    /// Bytes that programs may take yet without swapping (`MemAvailable` of proc(5)); 0 where the kernel does not say.
    public static func available() -> Int64 {
        let text = (try? readWholeFile("/proc/meminfo")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
            let words = line.split(separator: " ")
            guard words.count > 1, let kibibytes = Int64(words[1]) else { return 0 }
            return kibibytes.multipliedReportingOverflow(by: 1_024).partialValue
        }
        return 0
    }
}
