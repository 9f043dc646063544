internal import Control
internal import Platform
internal import Stack

/// One line of `stats`: an instance and what it uses. The keys that Docker has are Docker's.
struct UsageRow: Encodable, Equatable {
    var Name: String
    var Service: String
    var CPUPerc: String
    var MemUsage: String
    var MemPerc: String
    /// Absent where it may not be read.
    var BlockIO: String?
    var PIDs: String
    /// Percent of one processor.
    var CPU: Double
    /// Bytes.
    var Memory: Int64
    /// Bytes; that of the machine where there is no other.
    var MemoryLimit: Int64
    var PID: Int32
    /// Calls by way of the gateway in the last minute, as all that follows; absent where there were none.
    var Calls: UInt64?
    /// Those of them that failed.
    var FailedCalls: UInt64?
    /// Seconds within which half, 95 and 99 of 100 of them ended.
    var P50: Double?
    var P95: Double?
    var P99: Double?

    init(
        project: String, service: String, instance: String, pid: Int32, sample: InstanceSample,
        earlier: InstanceSample?,
        machineMemory: Int64, traffic: TrafficStatus? = nil
    ) {
        Name = "\(project)-\(instance)"
        Service = service
        PID = pid
        CPU = earlier.map { Self.hundredths(sample.processors(since: $0)) } ?? 0
        CPUPerc = Self.percent(CPU)
        Memory = sample.memory
        MemoryLimit = sample.memoryLimit.map { machineMemory > 0 ? min($0, machineMemory) : $0 } ?? machineMemory
        MemUsage = "\(ByteSize.format(Memory)) / \(ByteSize.format(MemoryLimit))"
        MemPerc = Self.percent(MemoryLimit > 0 ? Self.hundredths(Double(Memory) / Double(MemoryLimit) * 100) : 0)
        if let read = sample.diskRead, let written = sample.diskWritten {
            BlockIO = "\(ByteSize.format(read)) / \(ByteSize.format(written))"
        }
        PIDs = "\(sample.processes)"
        Calls = traffic?.calls
        FailedCalls = traffic?.failed
        P50 = traffic?.p50
        P95 = traffic?.p95
        P99 = traffic?.p99
    }

    static func table(_ rows: [UsageRow]) -> TextTable {
        var table = TextTable(
            header: [
                "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "BLOCK I/O", "PIDS", "CALLS", "P50", "P95", "P99",
            ])
        table.rows = rows.map { row in
            [
                row.Name, row.CPUPerc, row.MemUsage, row.MemPerc, row.BlockIO ?? "-", row.PIDs,
                row.Calls.map { "\($0)" } ?? "-", latency(row.P50), latency(row.P95), latency(row.P99),
            ].map { .init($0) }
        }
        return table
    }

    /// `0.42 ms`, `35 ms`, `1.2 s`.
    private static func latency(_ seconds: Double?) -> String {
        guard let seconds else { return "-" }
        guard seconds < 0.01 else { return TimeText.took(seconds) }
        let hundredths = Int((max(seconds, 0) * 100_000).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) ms"
    }

    var json: String {
        get throws {
            try JSONOutput.text(self)
        }
    }

    private static func hundredths(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    /// `12.50%`.
    static func percent(_ value: Double) -> String {
        let hundredths = Int((max(0, min(value, 1e9)) * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)%"
    }
}
