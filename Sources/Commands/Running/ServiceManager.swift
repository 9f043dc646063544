internal import Glibc
internal import Platform
internal import Stack

/// The service manager that started this process and wants to know how it is (sd_notify(3), sd_watchdog_enabled(3)).
struct ServiceManager {
    /// Variables that are for this process alone; who is started by it must not see them.
    static let variables = [
        "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES",
        "LISTEN_PIDFDID",
    ]

    /// Where it listens; nil where it only passed sockets.
    let socket: String?
    /// How long it may be without a sign of life; nil where it does not watch.
    let watchdog: Duration?
    /// The listening sockets it opened for this process.
    let sockets: [PassedSocket]

    /// nil where none started this process.
    init?(environment: [String: String], pid: Int32 = getpid()) {
        socket = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        let isWatched = environment["WATCHDOG_PID"].map { $0 == "\(pid)" } ?? true
        let interval = environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil }
        watchdog = isWatched ? interval.map { .microseconds($0) } : nil
        sockets = PassedSocket.all(environment: environment, pid: pid)
        guard socket != nil || !sockets.isEmpty else { return nil }
    }

    /// Tells it `NAME=value` lines.
    func tell(_ lines: String...) {
        guard let socket else { return }
        sendDatagram(lines.joined(separator: "\n"), to: socket)
    }

    /// `STATUS=` with a sentence.
    static func status(_ sentence: String) -> String {
        "STATUS=" + sentence.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

/// A socket that a service manager opened (sd_listen_fds(3)).
struct PassedSocket: Equatable {
    /// SD_LISTEN_FDS_START.
    private static let first: Int32 = 3

    var descriptor: Int32
    var name: String
    /// Where it listens; nil where it is not a TCP socket that listens.
    var address: ListeningAddress?

    static func all(environment: [String: String], pid: Int32) -> [PassedSocket] {
        guard environment["LISTEN_PID"] == "\(pid)", let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }),
            (1...1_024).contains(count)
        else { return [] }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        return (0..<count).map { index in
            let descriptor = first + index
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let name = names.indices.contains(Int(index)) ? String(names[Int(index)]) : "unknown"
            return PassedSocket(
                descriptor: descriptor, name: name, address: ListeningAddress(of: descriptor))
        }
    }

    /// Whether one of the stack's own sockets is to listen there.
    func isWanted(by stack: Stack) -> Bool {
        guard let address else { return false }
        if stack.statusAddress == "\(address.host):\(address.port)" { return true }
        return stack.services.values.flatMap(\.ports).contains { port in
            guard port.transport == "tcp", port.published == address.port else { return false }
            switch port.address {
            case nil, "": return address.host == "0.0.0.0" || address.host == "::"
            case let host?: return host == address.host || host == "0.0.0.0" && address.host == "::"
            }
        }
    }

    var description: String {
        address.map { "'\(name)' on \(SocketAddress(host: $0.host, port: $0.port))" } ?? "'\(name)'"
    }
}
