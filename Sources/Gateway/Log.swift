internal import Glibc

/// The gateway's own log: lines on standard error, which the keeper stamps and keeps.
enum Log {
    /// Writes a line. It is lost where nobody reads any more: clients do not wait for a log.
    static func write(_ text: String) {
        var target = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&target, 1, 0) == 1, target.revents & Int16(POLLOUT) != 0 else { return }
        // A pipe that is ready takes at least 4,096 bytes without waiting (pipe(7)).
        let line = Array((text + "\n").utf8.prefix(4_096))
        _ = Glibc.write(STDERR_FILENO, line, line.count)
    }
}
