internal import Glibc
internal import Platform

/// The hosts(5) file of a container, which its engine writes anew at every start. Hale's lines stand at its end, so that a
/// container which its engine starts without Hale finds others as if there never was one.
struct ContainerHostsFile: Sendable {
    private static let beginning = "# through hale's gateway"
    private static let end = "# end"

    let path: String
    private let lines: String

    /// The file at `path` on this machine, and the names that it is to have.
    init(path: String, hosts: [(name: String, address: String)]) {
        self.path = path
        var names: [(address: String, names: [String])] = []
        for host in hosts {
            if let place = names.firstIndex(where: { $0.address == host.address }) {
                names[place].names.append(host.name)
            } else {
                names.append((host.address, [host.name]))
            }
        }
        lines =
            names.isEmpty
            ? ""
            : names.reduce(Self.beginning + "\n") { $0 + "\($1.address)\t\($1.names.joined(separator: " "))\n" }
                + Self.end + "\n"
    }

    /// Sees to it that the file has the lines; nothing happens where there is no file. It stays the same file, as the container has
    /// it mounted.
    func write() throws(SystemError) {
        guard let bytes = try? readWholeFile(path, limit: 1 << 20) else { return }
        let text = String(decoding: bytes, as: UTF8.self)
        let own = Self.without(text)
        let wanted = (own.isEmpty || own.hasSuffix("\n") ? own : own + "\n") + lines
        guard wanted != text else { return }
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
        defer { close(descriptor) }
        let new = Array(wanted.utf8)
        // What is longer is written before the rest is cut off, so nobody finds it empty.
        guard pwrite(descriptor, new, new.count, 0) == new.count, ftruncate(descriptor, off_t(new.count)) == 0 else {
            throw SystemError.last("write \(path)")
        }
    }

    private static func without(_ text: String) -> String {
        var kept: [Substring] = []
        var isOwn = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == beginning { isOwn = true }
            if !isOwn { kept.append(line) }
            if line == end { isOwn = false }
        }
        return kept.joined(separator: "\n")
    }
}
