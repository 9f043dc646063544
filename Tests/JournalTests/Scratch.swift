import Foundation
import Stack
import Synchronization
import TestFolders

@testable import Journal

/// A folder of a test's own with a journal in it.
final class Scratch: Sendable {
    private let home = TemporaryFolder()
    /// The calendar that journals made here go by.
    let clock = Mutex(Int64(1_800_000_000_000_000_000))
    private let reports = Monitor<[JournalReport]>([])

    var folder: String { home.path }

    var path: String { folder + "/journal.sqlite" }

    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? [] }

    /// Unless said, one that keeps events of any age, as many here have times of their own.
    func journal(_ limits: JournalLimits = JournalLimits(age: .seconds(3_000_000_000)), at path: String? = nil)
        -> Journal
    {
        Journal(path: path ?? self.path, limits: limits, now: { self.clock.withLock { $0 } }) { report in
            self.reports.change { $0.append(report) }
        }
    }

    /// Waits until something is in the file at `path`; false where nothing comes.
    static func waitForWriting(to path: String) throws -> Bool {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            if try !JournalReader(path: path).events(EventQuery(limit: 1)).isEmpty { return true }
        }
        return false
    }

    var everythingReported: [JournalReport] { reports.read { $0 } }

    /// Waits for a report; false where none comes.
    func waitForReport(_ matches: (JournalReport) -> Bool) -> Bool {
        reports.wait(.seconds(60)) { $0.contains(where: matches) }
    }

    func waitForTrouble(_ words: String) -> Bool {
        waitForReport { if case .trouble(let text, _) = $0 { text.contains(words) } else { false } }
    }

    func waitForMend() -> Bool {
        waitForReport { if case .mended = $0 { true } else { false } }
    }

    /// Fills a file with events `1...count` and closes it.
    func fill(_ count: Int64) {
        let journal = journal()
        for _ in 0..<count { journal.append(Self.event()) }
        journal.close(within: .seconds(60))
    }

    static func event(
        _ text: String = "ended by SIGKILL", service: String? = "redis", kind: String = "exited", time: Int64 = 0
    ) -> EventRecord {
        EventRecord(
            id: 0, time: time, kind: kind, service: service, instance: service.map { $0 + "-1" }, text: text,
            cause: "SIGKILL", actor: "root", incident: 1)
    }

    static func incident(_ id: Int64, _ state: IncidentRecord.State = .open, endedAt: Int64? = nil) -> IncidentRecord {
        IncidentRecord(
            id: id, state: state, root: "redis", cause: "ended by SIGKILL", firstSignAt: 5, endedAt: endedAt,
            victims: [.init(service: "web", sign: "refused", since: 6)],
            logs: [.init(instance: "redis-1", lines: ["a \"quoted\" line\u{0}"])])
    }
}

extension Journal {
    /// Every event there is, the oldest first.
    var all: [EventRecord] { events(EventQuery(limit: .max)) }

    /// Waits until everything has been written.
    func close() { close(within: .seconds(60)) }
}
