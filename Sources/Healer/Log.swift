internal import Control
internal import Glibc

/// The healer's own log: lines on standard error, which the keeper stamps and keeps.
enum Log {
    static func write(_ text: String) {
        let line = text + "\n"
        line.withCString { bytes in
            _ = Glibc.write(STDERR_FILENO, bytes, strlen(bytes))
        }
    }
}
