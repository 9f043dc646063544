internal import Stack
internal import Wire

/// What became of calls since the gateway started, by instance and port.
///
/// An instance keeps its place for good: its counts outlive its restarts and the times in which nobody may ask it. Memory
/// is taken when an instance is first named, and when a first call to it has an outcome; a call allocates nothing.
struct CallLedger {
    /// Stands for "nobody's" among places.
    static let none: Int32 = -1

    private struct Tally {
        let outcome: CallOutcome
        var buckets = InlineArray<17, UInt64>(repeating: 0)
        var microseconds: UInt64 = 0
    }

    /// What a call touches, apart from names: a page that is copied costs no reference count.
    private struct Page {
        /// Places of its tallies, by outcome; negative is none yet.
        var tallies = InlineArray<5, Int32>(repeating: -1)
        var hasChanged = false
    }

    private struct Name: Hashable {
        let instance: InstanceID
        let port: UInt16
    }

    private let startedAt: Instant
    private var pages: [Page] = []
    private var names: [Name] = []
    /// The names of the instances as logs write them.
    private var texts: [[UInt8]] = []
    private var places: [Name: Int32] = [:]
    private var tallies: [Tally] = []
    /// Whether any page has changed.
    private var hasChanged = false

    init(startedAt: Instant) {
        self.startedAt = startedAt
    }

    /// The place of that port of that instance.
    mutating func place(of instance: InstanceID, port: UInt16) -> Int32 {
        let name = Name(instance: instance, port: port)
        if let place = places[name] { return place }
        let place = Int32(pages.count)
        pages.append(Page())
        names.append(name)
        texts.append(Array(instance.description.utf8))
        places[name] = place
        return place
    }

    /// Counts a call that took so many nanoseconds.
    mutating func record(_ outcome: CallOutcome, nanoseconds: Int64, at place: Int32) {
        guard pages.indices.contains(Int(place)) else { return }
        let tally = tally(of: Int(place), outcome)
        let taken = max(nanoseconds, 0)
        tallies[tally].buckets[LatencyBuckets.place(ofNanoseconds: taken)] &+= 1
        tallies[tally].microseconds &+= UInt64(taken &+ 500) / 1_000
        pages[Int(place)].hasChanged = true
        hasChanged = true
    }

    private mutating func tally(of page: Int, _ outcome: CallOutcome) -> Int {
        let known = pages[page].tallies[Int(outcome.rawValue)]
        if known >= 0 { return Int(known) }
        tallies.append(Tally(outcome: outcome))
        pages[page].tallies[Int(outcome.rawValue)] = Int32(tallies.count - 1)
        return tallies.count - 1
    }

    /// The name of the instance at that place, as bytes; empty where there is none.
    func name(at place: Int32) -> [UInt8] {
        texts.indices.contains(Int(place)) ? texts[Int(place)] : []
    }

    /// What has changed since it was last asked, or everything; nil where that is nothing.
    mutating func take(all: Bool) -> GatewayCalls? {
        guard all || hasChanged else { return nil }
        var counts: [GatewayCalls.Counts] = []
        for place in pages.indices where all || pages[place].hasChanged {
            pages[place].hasChanged = false
            let tallies = self.tallies(of: pages[place])
            guard !tallies.isEmpty else { continue }
            let name = names[place]
            counts.append(GatewayCalls.Counts(instance: name.instance, port: name.port, tallies: tallies))
        }
        hasChanged = false
        return GatewayCalls(startedAt: startedAt, counts: counts, isComplete: all)
    }

    private func tallies(of page: Page) -> [GatewayCalls.Tally] {
        CallOutcome.allCases.compactMap { outcome in
            let place = page.tallies[Int(outcome.rawValue)]
            guard place >= 0 else { return nil }
            let tally = tallies[Int(place)]
            return GatewayCalls.Tally(
                outcome: outcome, buckets: tally.buckets.indices.map { tally.buckets[$0] },
                microseconds: tally.microseconds)
        }
    }
}
