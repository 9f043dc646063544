internal import Glibc
internal import Platform

/// A log file that is put aside at a size, `NAME.1` being the newest of those put aside.
///
/// A disk that is full or a folder that cannot be written loses lines, counted, and never stops the process that logs.
final class LogFile {
    let path: String
    private var size: Int64
    private var files: Int
    private var descriptor: Int32 = -1
    private var written: Int64 = 0
    private var lost = 0

    init(path: String, size: Int64, files: Int) {
        self.path = path
        self.size = size
        self.files = files
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Changes when the file is put aside and how many are kept.
    func configure(size: Int64, files: Int) {
        self.size = size
        self.files = files
    }

    /// Appends whole lines.
    func append(_ bytes: [UInt8]) {
        if written > 0, written + Int64(bytes.count) > size { rotate() }
        if descriptor < 0 { openFile() }
        guard descriptor >= 0 else {
            lost += 1
            return
        }
        reportLoss()
        write(bytes)
    }

    private func openFile() {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        if descriptor < 0, errno == ENOENT, let slash = path.lastIndex(of: "/") {
            try? makeFolders(String(path[..<slash]))
            descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        }
        var status = stat()
        written = descriptor >= 0 && fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
    }

    private func write(_ bytes: [UInt8]) {
        let count = bytes.withUnsafeBytes { buffer in
            retryingInterrupts { Glibc.write(descriptor, buffer.baseAddress, buffer.count) }
        }
        if count == bytes.count {
            written += Int64(count)
            return
        }
        lost += 1
        // Half a line would be read as a wrong one.
        if count > 0 { ftruncate(descriptor, off_t(written)) }
    }

    private func reportLoss() {
        guard lost > 0 else { return }
        let count = lost
        lost = 0
        write(LineStamper.line("stderr", Array("hale: \(count) writes of this log were lost".utf8), partial: false))
    }

    private func rotate() {
        close(descriptor)
        descriptor = -1
        written = 0
        guard files > 1 else {
            unlink(path)
            return
        }
        for number in stride(from: files - 1, to: 1, by: -1) { rename("\(path).\(number - 1)", "\(path).\(number)") }
        rename(path, "\(path).1")
    }
}
