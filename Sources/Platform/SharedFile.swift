public import Glibc

/// Which file a path leads to, however it is called.
public struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64

    /// The file at `path`; nil where there is none.
    public init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The file that fstat(2) or stat(2) has described so.
    public init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}

/// Which text a file holds, as far as that can be told without reading it.
public struct FileVersion: Hashable, Sendable {
    private let identity: FileIdentity
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int
    /// Whether it is no folder, pipe or device.
    public let isRegular: Bool

    /// The file at `path` as it is now, whatever links lead there; nil where there is none.
    public init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        identity = FileIdentity(status)
        isRegular = status.st_mode & S_IFMT == S_IFREG
        size = Int64(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}

/// Writes a file that others have open or mounted: it stays the same file. One that already has that text is left alone.
///
/// The text is there with one pwrite(2). Where it is shorter than before, empty lines follow it until the file is cut, so
/// that nobody takes the end of the old text for lines of the new one.
public func writeFileInPlace(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) throws(SystemError) {
    let descriptor = retryingInterrupts { open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode) }
    guard descriptor >= 0 else { throw SystemError.last("write \(path)") }
    defer { close(descriptor) }
    // The mode at open is cut by the umask.
    fchmod(descriptor, mode)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemError.last("write \(path)") }
    let before = Int(status.st_size)
    if before == bytes.count, (try? readWholeFile(path)) == bytes { return }
    let padded = bytes + repeatElement(UInt8(ascii: "\n"), count: max(0, before - bytes.count))
    let count = padded.withUnsafeBytes { buffer in
        retryingInterrupts { pwrite(descriptor, buffer.baseAddress, buffer.count, 0) }
    }
    guard count == padded.count else {
        throw count < 0 ? SystemError.last("write \(path)") : SystemError(code: ENOSPC, attempt: "write \(path)")
    }
    guard ftruncate(descriptor, off_t(bytes.count)) == 0 else { throw SystemError.last("cut \(path)") }
}
