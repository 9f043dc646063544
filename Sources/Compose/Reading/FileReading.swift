internal import Glibc

/// Reads files whole, without ever waiting for one that is not a file.
enum FileReading {
    /// A larger file is taken for a mistake.
    static let maximumSize = 256 << 20

    /// Why a file could not be read.
    enum Failure: Error, Sendable {
        case missing
        case other(String)

        var description: String {
            switch self {
            case .missing: "no such file"
            case .other(let reason): reason
            }
        }
    }

    /// The bytes of the file at `path`. Pipes are read only where they were handed over as an open descriptor.
    static func bytes(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw errno == ENOENT ? .missing : .other(String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .other(String(cString: strerror(errno))) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .other("is a directory")
        case S_IFCHR where path == "/dev/null": return []
        case S_IFIFO, S_IFCHR:
            guard path.hasPrefix("/dev/fd/") || path == "/dev/stdin" || path.hasPrefix("/proc/self/fd/") else {
                throw .other("is not a regular file")
            }
            // An inherited pipe's writer may not have begun yet.
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        default: throw .other("is not a regular file")
        }
        return try contents(descriptor, expected: Int(status.st_size))
    }

    /// Everything that standard input gives.
    static func standardInput() throws(Failure) -> [UInt8] {
        try contents(STDIN_FILENO, expected: 0)
    }

    private static func contents(_ descriptor: Int32, expected: Int) throws(Failure) -> [UInt8] {
        guard expected <= maximumSize else { throw .other("is larger than \(maximumSize >> 20) MiB") }
        var result: [UInt8] = []
        result.reserveCapacity(expected)
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return result }
            if count < 0 {
                if errno == EINTR { continue }
                throw .other(String(cString: strerror(errno)))
            }
            result += chunk[..<count]
            guard result.count <= maximumSize else { throw .other("is larger than \(maximumSize >> 20) MiB") }
        }
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
