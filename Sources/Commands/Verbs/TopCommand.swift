internal import Control
internal import Platform
internal import Stack

/// `hale top`.
struct TopCommand: Command {
    private enum Format: String, CaseIterable { case table, json }

    private static let format = Option.value(
        "format", of: "FORMAT", help: "table (default) or json: an object a line for each process", choices: Format.self
    )

    static let manual = Manual(
        verb: "top", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "List the processes of each instance",
        details: """
            All that an instance has started is listed, also what has left its process group. %CPU is the part of one
            processor used over the life of the process, as ps(1) shows it.
            """,
        options: [format],
        examples: [.init(line: "hale top postgres", meaning: "every process of postgres")], exitCodes: [.backend])

    private let chosen: [String]
    private let format: Format

    init(_ arguments: ParsedArguments) throws(UsageError) {
        chosen = arguments.operands
        format = try arguments.choice(Self.format, Format.self) ?? .table
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        let status = try connection.status()
        let names = try ServiceChoice.names(chosen, among: Array(status.services.keys))
        let rows = ProcessRow.rows(of: status, services: names, keeper: connection.keeperPid)
        switch format {
        case .table: try session.console.print(ProcessRow.table(rows).rendered(session.console.outputStyle))
        case .json: for row in rows { try session.console.print(try row.json + "\n") }
        }
        return .success
    }
}

/// One process of an instance, as `top` shows it.
struct ProcessRow: Encodable, Equatable {
    var Service: String
    var Instance: String
    var PID: Int32
    var PPID: Int32
    var User: String
    /// Seconds of processor time.
    var Time: Double
    /// Percent of one processor over its life.
    var CPU: Double
    /// Bytes.
    var Memory: Int64
    var Command: String

    init(_ usage: ProcessUsage, service: String, instance: String, user: String, now: Int64) {
        Service = service
        Instance = instance
        PID = usage.pid
        PPID = usage.parent
        User = user
        Time = Double(usage.ownTime) / 1e9
        let age = max(1, now - usage.startedAt)
        CPU = (Double(usage.ownTime) / Double(age) * 1_000).rounded() / 10
        Memory = usage.resident
        Command = usage.command
    }

    /// The processes of every instance of `services` that has one.
    static func rows(of status: StackStatus, services: [String], keeper: Int32?) -> [ProcessRow] {
        let now = Instant.now().nanoseconds
        var users: [UInt32: String] = [:]
        return services.flatMap { service in
            (status.services[service]?.instances ?? []).flatMap { instance -> [ProcessRow] in
                guard let root = instance.pid else { return [] }
                return ProcessTree.pids(of: root, keeper: keeper).compactMap(ProcessUsage.read).map { usage in
                    let user = users[usage.user] ?? (try? UserIdentity.lookUp("\(usage.user)").name)
                    users[usage.user] = user
                    return ProcessRow(
                        usage, service: service, instance: instance.name, user: user ?? "\(usage.user)", now: now)
                }
            }
        }
    }

    static func table(_ rows: [ProcessRow]) -> TextTable {
        var table = TextTable(header: ["INSTANCE", "PID", "PPID", "USER", "TIME", "%CPU", "MEMORY", "COMMAND"])
        table.rows = rows.map { row in
            [
                .init(row.Instance), .init("\(row.PID)"), .init("\(row.PPID)"), .init(row.User), .init(clock(row.Time)),
                .init("\(row.CPU)"), .init(ByteSize.format(row.Memory)),
                // A line end in an argument must not end the row.
                .init(row.Command.split(whereSeparator: \.isNewline).joined(separator: " ")),
            ]
        }
        return table
    }

    var json: String {
        get throws {
            try JSONOutput.text(self)
        }
    }

    /// `00:01:07` as ps(1) writes it.
    static func clock(_ seconds: Double) -> String {
        let whole = Int(max(0, min(seconds, 1e12)))
        return [whole / 3_600, whole / 60 % 60, whole % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}
