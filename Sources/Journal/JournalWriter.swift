internal import Glibc
internal import Platform
internal import Stack

/// Writes the journal's file on a thread of its own, and keeps it in order.
///
/// Unchecked: after `start` only its own thread touches it.
final class JournalWriter: @unchecked Sendable {
    private static let firstDelay = Duration.seconds(1)
    private static let longestDelay = Duration.seconds(30)
    /// How often it is looked whether the file is still there and within its limits.
    private static let inspection = Duration.seconds(10)
    /// After that many events it is looked sooner.
    private static let eventsBetweenInspections = 1_000
    private static let stepsOfPruning = 10

    let path: String
    let state: Monitor<Journal.State>
    let reader: JournalReader
    let now: @Sendable () -> Int64
    let report: @Sendable (JournalReport) -> Void
    private var file: JournalFile?
    private var delay = JournalWriter.firstDelay
    private var retryAt = Instant.zero
    private var inspectAt = Instant.zero
    private var writtenSinceInspection = 0
    private var trouble: String?
    /// Damaged files of which a person was told, until they are removed.
    private var toldOf: [(place: String, sentence: String)] = []

    init(
        path: String, state: Monitor<Journal.State>, reader: JournalReader, now: @escaping @Sendable () -> Int64,
        report: @escaping @Sendable (JournalReport) -> Void
    ) {
        self.path = path
        self.state = state
        self.reader = reader
        self.now = now
        self.report = report
    }

    /// Starts the thread; what is in the way of it, if something is.
    func start() -> String? {
        do throws(SystemError) {
            try DetachedThread.start { self.run() }
            return nil
        } catch {
            return error.description
        }
    }

    private func run() {
        attempt { () throws(JournalError) in try open(checking: true) }
        while true {
            let moment = Instant.now()
            let isBlocked = retryAt > moment
            let wake = isBlocked ? retryAt : max(inspectAt, moment)
            _ = state.wait(wake - moment) { state in
                state.isClosing || !isBlocked && (!state.backlog.isEmpty || state.damage != nil)
            }
            if state.read(\.isClosing) { break }
            attempt { () throws(JournalError) in try work() }
        }
        finish()
    }

    /// Writes what has come, and looks after the file where it is time to.
    private func work() throws(JournalError) {
        guard Instant.now() >= retryAt else { return }
        if let damage = state.read(\.damage) {
            state.change { $0.damage = nil }
            throw .damaged(damage)
        }
        try ensureFile()
        try writeAll()
        if writtenSinceInspection >= Self.eventsBetweenInspections || Instant.now() >= inspectAt { try inspect() }
    }

    /// Opens the file where it is not open, and anew where it is not in its place any more.
    private func ensureFile() throws(JournalError) {
        guard let place = file?.place(path) else { return try open(checking: false) }
        let log = file?.logIdentity
        let story: String
        switch place {
        case .unchanged: return
        case .withoutLog: story = "\(path)-wal was removed while it was in use; what it held was saved"
        case .replaced: story = "\(path) was replaced while it was in use; it goes on with the file that is there now"
        case .removed: story = "\(path) was removed while it was in use; a new one was begun without what was in it"
        }
        // Before anything is opened: at its end a connection may remove what belongs to the file of that name.
        reader.close()
        file = nil
        if place != .withoutLog { JournalFile.removeLog(log, of: path) }
        try open(checking: true)
        report(.happened("the journal's file " + story))
    }

    private func open(checking: Bool) throws(JournalError) {
        let known = state.read { ($0.nextID.map { $0 - 1 }, $0.lastIncidentID) }
        reader.close()
        let isFirst = FileIdentity(path) == nil && !PutAside(path: path).hasLeftovers
        let opened = try JournalFile(path: path, idsAbove: known.0 ?? 0)
        let last = known.0 ?? (opened.lastEventID > 0 || isFirst ? opened.lastEventID : now() / 1_000)
        // Where nothing is known of earlier incidents, seconds are more than any count of them.
        let isForgotten = known.1 == 0 && opened.lastIncidentID == 0 && last >= 1_000_000_000_000
        let lastIncident = isForgotten ? now() / 1_000_000_000 : opened.lastIncidentID
        state.change { state in
            state.nextID = max(state.nextID ?? 1, last.addingClamped(1))
            state.lastIncidentID = max(state.lastIncidentID, lastIncident)
        }
        if checking { try opened.check() }
        file = opened
    }

    private func writeAll() throws(JournalError) {
        guard let file else { return }
        while true {
            let batch = state.change { $0.backlog.batch() }
            guard !batch.isEmpty else { break }
            do throws(JournalError) {
                try file.write(batch)
            } catch {
                state.change { $0.backlog.failed(batch) }
                throw error
            }
            state.change { $0.backlog.written(batch) }
            writtenSinceInspection += batch.events.count
            if trouble != nil { mend() }
        }
        if trouble != nil { mend() }
    }

    private func inspect() throws(JournalError) {
        writtenSinceInspection = 0
        inspectAt = Instant.now() + Self.inspection
        for (place, sentence) in toldOf where access(place, F_OK) != 0 { report(.mended(sentence, story: nil)) }
        toldOf.removeAll { access($0.place, F_OK) != 0 }
        let limits = state.read(\.limits)
        for _ in 0..<Self.stepsOfPruning where try file?.prune(limits, now: now()) != true { return }
        inspectAt = Instant.now() + Self.firstDelay
    }

    // MARK: Trouble

    private func attempt(_ work: () throws(JournalError) -> Void) {
        do throws(JournalError) {
            try work()
        } catch {
            file = nil
            switch error {
            case .damaged(let reason): replace(reason, label: "corrupt")
            case .newer: replace(error.description, label: "newer")
            case .unusable(let reason, let advice): suffer(reason, advice)
            }
        }
    }

    /// Begins a new file in place of one that is of no use.
    private func replace(_ reason: String, label: String) {
        reader.close()
        do throws(JournalError) {
            let aside = PutAside(path: path)
            let place = try aside.move(label, now: now())
            if label == "corrupt" { aside.limit() }
            let what = label == "corrupt" ? "the journal's file was damaged (\(reason))" : reason
            let sentence = "\(what): it is kept as \(place), and a new one was begun"
            toldOf.append((place, sentence + "; events of before are missing until that file is dealt with"))
            if let last = toldOf.last { report(.trouble(last.sentence, instead: nil)) }
            report(.happened(sentence))
            try open(checking: false)
        } catch {
            file = nil
            guard case .unusable(let reason, let advice) = error else {
                return suffer("a new file at \(path) is damaged at once: \(error)", "see whether its disk is well")
            }
            suffer(reason, advice)
        }
    }

    /// Tries again later, and ever later.
    private func suffer(_ reason: String, _ advice: String) {
        retryAt = Instant.now() + delay
        delay = min(delay * 2, Self.longestDelay)
        let sentence =
            "the journal cannot be written, healing goes on and the newest \(Backlog.eventLimit) events are kept in "
            + "memory: \(reason); \(advice)"
        guard sentence != trouble else { return }
        report(.trouble(sentence, instead: trouble))
        trouble = sentence
    }

    private func mend() {
        guard let sentence = trouble else { return }
        trouble = nil
        delay = Self.firstDelay
        retryAt = .zero
        let lost = state.change { $0.backlog.takeDropped() }
        let kept = lost == 0 ? "nothing is missing" : "\(lost) older events could not be kept and are missing"
        report(.mended(sentence, story: "the journal is written again; \(kept)"))
    }

    /// Writes what is left, as far as the file can be written at all.
    private func finish() {
        if file == nil, retryAt <= Instant.now() { attempt { () throws(JournalError) in try ensureFile() } }
        attempt { () throws(JournalError) in
            try writeAll()
            let (last, isAllWritten) = state.read { ($0.lastID, $0.backlog.isEmpty) }
            if isAllWritten { try file?.release(idsAbove: last) }
        }
        file = nil
        reader.close()
        state.change { $0.isClosed = true }
    }
}
