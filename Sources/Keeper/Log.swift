internal import Glibc
internal import Platform

/// The keeper's own log: stamped lines on standard error.
enum Log {
    static func write(_ text: String) {
        let line = LineStamper.line("stderr", Array(text.utf8), partial: false)
        _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
