internal import Glibc
internal import Platform

/// What a build needs to know of a file before it is sent.
struct ContextFileFacts {
    let kind: TarEntry.Kind
    let mode: UInt32
    let modified: Int64

    /// Nil where there is nothing any more, or something that is neither a file, a folder nor a symbolic link.
    init?(of path: String) throws(EngineError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            // What is removed between the listing of its folder and now was never there.
            if errno == ENOENT { return nil }
            throw .unreadable(path, errno)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file(size: Int64(status.st_size))
        case S_IFDIR: kind = .folder
        case S_IFLNK: kind = .link(to: try Self.target(of: path))
        default: return nil
        }
        mode = status.st_mode & 0o7777
        modified = Int64(status.st_mtim.tv_sec)
    }

    private static func target(of path: String) throws(EngineError) -> String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &bytes, bytes.count)
        guard count >= 0 else { throw .unreadable(path, errno) }
        return String(decoding: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// The names in a folder, sorted.
func namesInContextFolder(_ path: String) throws(EngineError) -> [String] {
    guard let folder = opendir(path) else { throw .unreadable(path, errno) }
    defer { closedir(folder) }
    var names: [String] = []
    while true {
        // The end and a failure differ in nothing else.
        errno = 0
        guard let entry = readdir(folder) else { break }
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
        }
        guard let name else { throw .prevented("a name in \(path) is not UTF-8, and cannot be sent to the engine") }
        if name != ".", name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw .unreadable(path, errno) }
    return names.sorted()
}

/// The bytes of one file, as many as its header promises.
final class ContextFileReader {
    private let path: String
    private let descriptor: Int32
    private(set) var left: Int64

    init(_ path: String, size: Int64) throws(EngineError) {
        self.path = path
        left = size
        // What was a file when it was looked at may be a pipe by now, which would wait for a writer.
        descriptor = retryingInterrupts { open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
        guard descriptor >= 0 else { throw .unreadable(path, errno) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The next bytes, at most so many.
    func read(atMost limit: Int) throws(EngineError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(min(Int64(limit), left)))
        let count = bytes.withUnsafeMutableBytes { buffer in
            retryingInterrupts { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
        }
        guard count >= 0 else { throw .unreadable(path, errno) }
        guard count > 0 || left == 0 else { throw .prevented("\(path) became shorter while it was sent to the engine") }
        left -= Int64(count)
        return Array(bytes.prefix(count))
    }
}

extension EngineError {
    static func unreadable(_ path: String, _ code: Int32) -> EngineError {
        .prevented("\(path) cannot be read: \(String(cString: strerror(code)))")
    }
}
