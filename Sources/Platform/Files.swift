internal import Glibc

/// Makes a folder and those above it where they are missing.
public func makeFolders(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
    guard !path.isEmpty, path != "/" else { return }
    if mkdir(path, mode) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/") else {
        throw SystemError.last("make the folder \(path)")
    }
    try makeFolders(String(path[..<slash]), mode: mode)
    guard mkdir(path, mode) == 0 || errno == EEXIST else { throw SystemError.last("make the folder \(path)") }
}

/// The bytes of a file, which may be no larger than `limit`.
public func readWholeFile(_ path: String, limit: Int = 64 << 20) throws(SystemError) -> [UInt8] {
    let descriptor = retryingInterrupts { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    // Most files that are read are a line in /proc; a larger one is read in ever larger parts.
    var part = 4_096
    while true {
        let before = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: part))
        let count = bytes.withUnsafeMutableBytes { buffer in
            retryingInterrupts { read(descriptor, buffer.baseAddress?.advanced(by: before), part) }
        }
        guard count >= 0 else { throw SystemError.last("read \(path)") }
        bytes.removeLast(part - count)
        if count == 0 { return bytes }
        guard bytes.count <= limit else { throw SystemError(code: EFBIG, attempt: "read \(path)") }
        if count == part { part = min(part * 4, 1 << 20) }
    }
}

/// Replaces a file whole: whoever reads it sees the old text or the new. With `durable` that holds after a crash of the
/// host too, at the price of waiting for the disk.
public func writeFileAtomically(
    _ bytes: [UInt8], to path: String, mode: UInt32 = 0o644, durable: Bool = true
) throws(SystemError) {
    let draft = "\(path).\(getpid()).new"
    let descriptor = retryingInterrupts { open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode) }
    guard descriptor >= 0 else { throw SystemError.last("write \(draft)") }
    do throws(SystemError) {
        // The mode at open is cut by the umask and does not change a draft that was left behind.
        fchmod(descriptor, mode)
        try writeWhole(bytes, to: descriptor, path: draft)
        guard !durable || fsync(descriptor) == 0 else { throw SystemError.last("write \(draft) to disk") }
    } catch {
        close(descriptor)
        unlink(draft)
        throw error
    }
    close(descriptor)
    guard rename(draft, path) == 0 else {
        let error = SystemError.last("replace \(path)")
        unlink(draft)
        throw error
    }
}

private func writeWhole(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(SystemError) {
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes { buffer in
            retryingInterrupts { write(descriptor, buffer.baseAddress?.advanced(by: written), bytes.count - written) }
        }
        guard count > 0 else { throw SystemError.last("write \(path)") }
        written += count
    }
}

/// Waits until the disk has what was last made, renamed and removed in a folder (fsync(2)).
public func syncFolder(_ path: String) throws(SystemError) {
    let descriptor = retryingInterrupts { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw SystemError.last("write \(path) to disk") }
}

/// The first line of a file, which may be no longer than `limit`, without its end, and how many bytes follow it.
public func readFirstLine(_ path: String, limit: Int) throws(SystemError) -> (line: [UInt8], rest: Int64) {
    let descriptor = retryingInterrupts { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw SystemError.last("open \(path)") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemError.last("read \(path)") }
    var line: [UInt8] = []
    while true {
        var part = [UInt8](repeating: 0, count: 4_096)
        let count = retryingInterrupts { read(descriptor, &part, part.count) }
        guard count >= 0 else { throw SystemError.last("read \(path)") }
        let bytes = part.prefix(count)
        if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            line += bytes[..<end]
            return (line, Int64(status.st_size) - Int64(line.count) - 1)
        }
        line += bytes
        guard count > 0 else { return (line, 0) }
        guard line.count <= limit else { throw SystemError(code: EFBIG, attempt: "read the first line of \(path)") }
    }
}

/// Whether there is anything at `path`.
public func fileExists(_ path: String) -> Bool {
    access(path, F_OK) == 0
}

/// Removes a file; one that is not there is as good as removed.
public func removeFile(_ path: String) {
    unlink(path)
}

/// The names in a folder, sorted; none where there is no such folder.
public func namesInFolder(_ path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// Removes a folder and all that is in it, without following symbolic links.
public func removeTree(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
        unlink(path)
        return
    }
    for name in namesInFolder(path) { removeTree(path + "/" + name) }
    rmdir(path)
}

/// Puts a file aside: it is `PATH.1` from now on, the one that was that is `PATH.2` and so on, and of all of them, itself
/// included, so many are kept.
public func putAside(_ path: String, keeping files: Int) {
    guard files > 1 else {
        unlink(path)
        return
    }
    // A thousand files may be allowed and three be there.
    var last = 1
    while last < files - 1, access("\(path).\(last)", F_OK) == 0 { last += 1 }
    for number in stride(from: last, to: 1, by: -1) { rename("\(path).\(number - 1)", "\(path).\(number)") }
    rename(path, "\(path).1")
}
