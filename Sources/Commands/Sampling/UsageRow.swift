internal import FoundationEssentials
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

    init(
        project: String, service: String, instance: String, pid: Int32, sample: InstanceSample,
        earlier: InstanceSample?,
        machineMemory: Int64
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
    }

    static func table(_ rows: [UsageRow]) -> TextTable {
        var table = TextTable(header: ["NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "BLOCK I/O", "PIDS"])
        table.rows = rows.map { row in
            [row.Name, row.CPUPerc, row.MemUsage, row.MemPerc, row.BlockIO ?? "-", row.PIDs].map { .init($0) }
        }
        return table
    }

    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
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
