internal import Engines
internal import Healing

/// What a container and its health check printed last.
enum EvidenceReading {
    private static let lines = 50
    /// Longer lines are cut.
    private static let longestLine = 2_000

    /// Asks the engine, and waits for it; what it does not tell is left out.
    static func evidence(of container: WatchedContainer, _ session: EngineSession) -> CheckEvidence {
        let details = try? session.container(container.id)
        // Where it was restarted since, its check has succeeded since.
        let check = details?.State.Health?.Log?.last { $0.ExitCode != 0 }?.Output ?? ""
        var log: [String] = []
        try? session.logs(container.id, tail: lines) { line in
            log.append(printable(line.text[...]))
            return true
        }
        return CheckEvidence(container: container.name, check: last(of: Array(check.utf8)), log: log)
    }

    /// The last lines of a text; an unfinished one counts.
    static func last(of text: [UInt8]) -> [String] {
        text.split(separator: UInt8(ascii: "\n")).suffix(lines).map(printable)
    }

    /// A line without what cannot be printed.
    private static func printable(_ line: ArraySlice<UInt8>) -> String {
        let cut = line.count > longestLine ? "…" : ""
        let bytes = line.prefix(longestLine).filter { $0 >= 32 && $0 != 127 || $0 == 9 }
        return String(decoding: bytes, as: UTF8.self) + cut
    }
}
