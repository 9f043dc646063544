internal import Dispatch
internal import Healing
internal import Journal
internal import Platform
internal import Stack

/// Keeps incidents and events in the journal of a project named `watch`, on a thread of its own: whatever becomes of the
/// disk, healing goes on.
final class WatchJournal: Sendable {
    /// How long its end may take.
    private static let patience = Duration.seconds(2)
    private static let mostOpen = 1_000

    /// Unchecked: it is touched on the serial thread alone.
    private final class Owned: @unchecked Sendable {
        var journal: Journal?
        var lock: FileLock?
        var incidents = WatchIncidents()
    }

    private let thread: SerialThread
    private let owned = Owned()

    /// Opens the journal at its place among `locations`; `say` gets a sentence, on some thread, where it is in trouble.
    init(_ locations: Locations, say: @escaping @Sendable (String) -> Void) throws(SystemError) {
        thread = try SerialThread()
        thread.post { [owned] in Self.open(owned, locations, say) }
    }

    private static func open(_ owned: Owned, _ locations: Locations, _ say: @escaping @Sendable (String) -> Void) {
        do throws(SystemError) {
            try makeFolders(locations.state)
            let isTaken = FileLock.holder(of: locations.lastingKeeperLock) != nil
            owned.lock = isTaken ? nil : try FileLock(path: locations.watchLock)
            guard owned.lock != nil else {
                let user = isTaken ? "a stack named 'watch'" : "another hale watch"
                return say("nothing is kept: \(locations.journal) is in use by \(user)")
            }
        } catch {
            // The journal tries again by itself, and says what is wrong.
        }
        let journal = Journal(path: locations.journal) { report in
            switch report {
            case .trouble(let sentence, _), .happened(let sentence): say(sentence)
            case .mended(_, let story): story.map(say)
            }
        }
        let last = journal.lastIncidentID
        owned.incidents = WatchIncidents(
            open: journal.incidents(limit: mostOpen, onlyOpen: true), nextID: last < .max ? last + 1 : .max)
        owned.journal = journal
    }

    /// Takes down what was noted now.
    func take(_ notes: [WatchNote]) {
        let time = Calendar.now()
        change { $0.take(notes, at: time) }
    }

    /// Ends what an earlier watch left open and is over: these containers are there.
    func settle(_ present: [WatchedContainer]) {
        let time = Calendar.now()
        change { $0.settle(present, at: time) }
    }

    /// Keeps what a container printed.
    func add(_ evidence: CheckEvidence) {
        change { $0.add(evidence) }
    }

    private func change(_ body: @escaping @Sendable (inout WatchIncidents) -> [WatchRecord]) {
        thread.post { [owned] in
            guard let journal = owned.journal else { return }
            for record in body(&owned.incidents) {
                switch record {
                case .event(let event): journal.append(event)
                case .incident(let incident): journal.save(incident)
                }
            }
        }
    }

    /// Writes what is left, as far as that goes in a moment.
    func end() {
        let done = DispatchSemaphore(value: 0)
        thread.post { [owned] in
            owned.journal?.close(within: Self.patience)
            owned.journal = nil
            owned.lock = nil
            done.signal()
        }
        _ = done.wait(timeout: .now() + .milliseconds(Int(Self.patience.seconds * 1000) + 500))
        thread.end()
    }
}
