internal import Glibc
internal import Platform

/// A healer that lives and does not answer.
enum HungHealer {
    /// Ends the healer of that keeper, which starts another one in its place; false where there is none.
    ///
    /// Services and traffic go on meanwhile: nothing of them depends on the healer's life.
    static func end(keeper: Int32, project: String) -> Bool {
        let healers = ProcessFacts.allPids().filter {
            ProcessFacts.parent(of: $0) == keeper && isHealer($0, of: project)
        }
        for pid in healers { kill(pid, SIGKILL) }
        return !healers.isEmpty
    }

    private static func isHealer(_ pid: Int32, of project: String) -> Bool {
        let bytes = (try? readWholeFile("/proc/\(pid)/cmdline")) ?? []
        let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        return words.dropFirst().elementsEqual(["healer", "-p", project])
    }
}
