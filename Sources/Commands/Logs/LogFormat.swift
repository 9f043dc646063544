internal import Stack

/// How a line of a log is shown.
struct LogFormat {
    var hasPrefix: Bool
    var hasTimestamps: Bool
    var style: Style
    private var order: [InstanceID] = []
    private var width = 0

    init(hasPrefix: Bool, hasTimestamps: Bool, style: Style) {
        self.hasPrefix = hasPrefix
        self.hasTimestamps = hasTimestamps
        self.style = style
    }

    /// Makes room for the names of `instances` and gives each a colour; earlier ones keep theirs.
    mutating func know(_ instances: some Sequence<InstanceID>) {
        for instance in instances.sorted() where !order.contains(instance) {
            order.append(instance)
            width = max(width, instance.description.count)
        }
    }

    /// The line with its end.
    func line(_ instance: InstanceID, _ entry: LogEntry) -> [UInt8] {
        var bytes: [UInt8] = []
        if hasPrefix {
            let name = instance.description
            let padding = String(repeating: " ", count: max(0, width - name.count))
            let number = order.firstIndex(of: instance) ?? 0
            bytes += style.tinted("\(name)\(padding)  | ", number: number).utf8
        }
        if hasTimestamps { bytes += entry.time + [32] }
        bytes += entry.text
        bytes.append(10)
        return bytes
    }
}
