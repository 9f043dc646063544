internal import Control
internal import Glibc
internal import Platform
internal import Stack

/// `hale stats`.
struct StatsCommand: Command {
    private enum Format: String, CaseIterable { case table, json }

    private static let noStream = Option.flag("no-stream", help: "once, over one second")
    private static let format = Option.value(
        "format", of: "FORMAT", help: "table (default) or json: an object a line, with Docker's keys and Hale's",
        choices: Format.self)

    static let manual = Manual(
        verb: "stats", operands: "[SERVICE…]", operandCount: Manual.services,
        summary: "Show what the instances use, once a second",
        details: """
            From each instance's cgroup where it has one, and else summed over its processes. 100 % is one processor; the
            limit is the machine's memory where no other is in force. CALLS are those of the last minute by way of the
            gateway (requests over HTTP, connections otherwise); P50, P95 and P99 say within what time half of them, and
            95 and 99 of 100, ended.
            """,
        options: [noStream, format],
        examples: [
            .init(line: "hale stats", meaning: "redrawn in place until Ctrl-C"),
            .init(line: "hale stats --no-stream --format json redis", meaning: "redis for a script"),
        ], exitCodes: [.backend, .interrupted])

    private let chosen: [String]
    private let streams: Bool
    private let format: Format

    init(_ arguments: ParsedArguments) throws(UsageError) {
        chosen = arguments.operands
        streams = !arguments.isOn(Self.noStream)
        format = try arguments.choice(Self.format, Format.self) ?? .table
    }

    func run(in session: Session) throws -> ExitCode {
        let connection = HaleConnection(try session.locations())
        let names = try ServiceChoice.names(chosen, among: Array(try connection.status().services.keys))
        var sampler = UsageSampler(
            keeper: connection.keeperPid, machineMemory: ProcessUsage.machineMemory() ?? 0,
            containers: try ContainerSampling(of: connection.saved()?.stack, in: session))
        var interrupts = Interrupts()
        var display = StatsDisplay(console: session.console)
        _ = try sampler.rows(of: try connection.status(), services: chosen.isEmpty ? nil : names)
        repeat {
            if interrupts.pause(.seconds(1)) { return .interrupted }
            let rows = try sampler.rows(of: try connection.status(), services: chosen.isEmpty ? nil : names)
            switch format {
            case .table: try display.show(UsageRow.table(rows), redraws: streams)
            case .json: for row in rows { try session.console.print(try row.json + "\n") }
            }
            try session.console.flush()
        } while streams
        return .success
    }
}

/// Samples instances again and again; what they use is the difference.
struct UsageSampler {
    let keeper: Int32?
    let machineMemory: Int64
    private let containers: ContainerSampling?
    private var earlier: [Int32: InstanceSample] = [:]

    init(keeper: Int32?, machineMemory: Int64, containers: ContainerSampling? = nil) {
        self.keeper = keeper
        self.machineMemory = machineMemory
        self.containers = containers
    }

    /// A row for each instance of `services` (all where nil) that has a process.
    mutating func rows(of status: StackStatus, services: [String]?) throws -> [UsageRow] {
        var samples: [Int32: InstanceSample] = [:]
        var rows: [UsageRow] = []
        let names = services ?? status.services.keys.sorted()
        let instances = names.flatMap { status.services[$0]?.instances ?? [] }
        let counted = try containers?.read(Set(instances.map(\.name)))
        for service in names {
            for instance in status.services[service]?.instances ?? [] {
                guard let pid = instance.pid else { continue }
                let own = counted == nil ? InstanceSample.read(root: pid, keeper: keeper) : counted?[instance.name]
                guard let sample = own else { continue }
                samples[pid] = sample
                rows.append(
                    UsageRow(
                        project: status.stack, service: service, instance: instance.name, pid: pid, sample: sample,
                        earlier: earlier[pid], machineMemory: machineMemory, traffic: instance.traffic))
            }
        }
        earlier = samples
        return rows
    }
}

/// Prints one table after another, in the same place where that is a terminal.
private struct StatsDisplay {
    let console: Console
    private var drawn = 0

    init(console: Console) {
        self.console = console
    }

    mutating func show(_ table: TextTable, redraws: Bool) throws {
        var lines = table.rendered(console.outputStyle).split(separator: "\n", omittingEmptySubsequences: true)
        guard redraws, console.canRedrawOutput, let size = Terminal.size(STDOUT_FILENO) else {
            return try console.print(lines.map { $0 + "\n" }.joined())
        }
        // What does not fit would scroll and could not be redrawn.
        lines = Array(lines.prefix(max(1, size.rows - 1)))
        var text = drawn > 0 ? "\u{1B}[\(drawn)A" : ""
        for line in lines { text += "\r" + String(line.prefix(size.columns)) + "\u{1B}[K\n" }
        try console.print(text + "\u{1B}[J")
        drawn = lines.count
    }
}
