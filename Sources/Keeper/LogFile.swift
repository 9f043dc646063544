internal import Glibc
internal import Platform

/// A log file that is put aside at a size, `NAME.1` being the newest of those put aside.
///
/// A disk that is full or a folder that cannot be written loses lines, counted, and never stops the process that logs.
final class LogFile {
    private static let newline = UInt8(ascii: "\n")

    let path: String
    private var size: Int64
    private var files: Int
    private var descriptor: Int32 = -1
    private var written: Int64 = 0
    private var lost = 0
    private let trouble: LogTrouble?

    /// The log at `path`; `trouble` is told where lines are lost.
    init(path: String, size: Int64, files: Int, trouble: LogTrouble? = nil) {
        self.path = path
        self.size = size
        self.files = files
        self.trouble = trouble
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Changes when the file is put aside and how many are kept.
    func configure(size: Int64, files: Int) {
        self.size = size
        self.files = files
    }

    /// Appends whole lines. No file grows beyond the size, unless one line alone is longer.
    func append(_ lines: [UInt8]) {
        var rest = lines[...]
        while !rest.isEmpty {
            if descriptor < 0 { openFile() }
            guard descriptor >= 0 else { return lose(rest, errno) }
            reportLoss()
            let part = fittingLines(rest)
            rest = rest.dropFirst(part.count)
            write(part)
            if !rest.isEmpty { rotate() }
        }
    }

    /// As many of the lines as the file has room for; none where it is to be put aside first.
    private func fittingLines(_ lines: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let room = Int(clamping: max(0, size - written))
        guard lines.count > room else { return lines }
        if let end = lines.prefix(room).lastIndex(of: Self.newline) { return lines[...end] }
        guard written == 0, let end = lines.firstIndex(of: Self.newline) else { return written == 0 ? lines : [] }
        return lines[...end]
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

    private func write(_ lines: ArraySlice<UInt8>) {
        guard !lines.isEmpty else { return }
        let count = lines.withUnsafeBytes { buffer in
            retryingInterrupts { Glibc.write(descriptor, buffer.baseAddress, buffer.count) }
        }
        guard count < lines.count else {
            written += Int64(count)
            return
        }
        // Half a line would be read as a wrong one.
        let whole = lines.prefix(max(0, count)).lastIndex(of: Self.newline).map { lines[...$0].count } ?? 0
        written += Int64(whole)
        // A write that is cut short is one that found too little room.
        let code = count < 0 ? errno : ENOSPC
        if count > whole { ftruncate(descriptor, off_t(written)) }
        lose(lines.dropFirst(whole), code)
    }

    private func lose(_ lines: ArraySlice<UInt8>, _ code: Int32) {
        lost += lines.count { $0 == Self.newline }
        trouble?.lost(self, code)
    }

    /// Says how many lines are missing, where they are missing, once there is room again; true where none is missing any
    /// more without being told of.
    @discardableResult
    func reportLoss() -> Bool {
        guard lost > 0 else { return true }
        if descriptor < 0 { openFile() }
        guard descriptor >= 0 else { return false }
        let report = LineStamper.line("stderr", Array("hale: \(lost) lines of this log were lost".utf8), partial: false)
        let former = lost
        lost = 0
        write(report[...])
        // The report itself does not count.
        guard lost > 0 else { return true }
        lost = former
        return false
    }

    private func rotate() {
        close(descriptor)
        descriptor = -1
        written = 0
        putAside(path, keeping: files)
    }
}
