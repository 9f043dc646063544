internal import Platform
internal import Wire

/// One file a child, by which the next keeper finds what this one leaves running. They need not outlive the host, as
/// the processes do not either.
struct ChildFiles {
    struct Found {
        var request: SpawnRequest
        var pid: Int32
        var startTime: UInt64
    }

    let folder: String
    /// Tells a pid of this start of the host from one of an earlier start.
    let boot = ProcessFacts.bootIdentity()

    func save(_ child: Child) {
        let head = "\(boot) \(child.pid) \(child.startTime)\n"
        do {
            try writeFileAtomically(
                Array(head.utf8) + child.request.encoded(), to: path(child.request.process), mode: 0o600,
                durable: false)
        } catch {
            Log.write("a keeper that follows this one will not find \(child.request.process): \(error)")
        }
    }

    func remove(_ process: ProcessID) {
        removeFile(path(process))
    }

    /// What an earlier keeper left, of this start of the host.
    func read() -> [Found] {
        namesInFolder(folder).compactMap { name in
            guard let bytes = try? readWholeFile(folder + "/" + name), let found = parse(bytes) else {
                removeFile(folder + "/" + name)
                return nil
            }
            return found
        }
    }

    private func parse(_ bytes: [UInt8]) -> Found? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let head = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ")
        guard head.count == 3, head[0] == boot, let pid = Int32(head[1]), let startTime = UInt64(head[2]),
            let request = SpawnRequest(decoding: Array(bytes[(end + 1)...]))
        else { return nil }
        return Found(request: request, pid: pid, startTime: startTime)
    }

    private func path(_ process: ProcessID) -> String {
        "\(folder)/\(process.instance) \(process.kind) \(process.run)"
    }
}
