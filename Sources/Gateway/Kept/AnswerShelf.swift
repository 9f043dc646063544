internal import Protocols

/// The kept answers of one service. Those that were used least recently leave first.
struct AnswerShelf {
    private struct Slot {
        var answer: KeptAnswer?
        /// When it was used last, counted in uses of all shelves.
        var usedAt: UInt64 = 0
        var older = AnswerShelf.none
        var newer = AnswerShelf.none
    }

    private static let none = -1
    /// Most answers to one target that differ by what the requests say.
    static let mostVariants = 16

    /// Bytes of all answers.
    private(set) var size = 0
    private var slots: [Slot] = []
    private var free: [Int] = []
    private var places: [[UInt8]: [Int]] = [:]
    private var oldest = AnswerShelf.none
    private var newest = AnswerShelf.none

    /// How many there are.
    var count: Int { slots.count - free.count }

    /// When the one that was used least recently was used; nil where there is none.
    var oldestUse: UInt64? { oldest == Self.none ? nil : slots[oldest].usedAt }

    /// The answer to that target that fits; it counts as used.
    mutating func find(_ target: [UInt8], use: UInt64, where fits: (KeptAnswer) -> Bool) -> KeptAnswer? {
        for place in places[target] ?? [] {
            guard let answer = slots[place].answer, fits(answer) else { continue }
            unlink(place)
            link(place, use: use)
            return answer
        }
        return nil
    }

    /// Keeps an answer in place of the one that `isSame` finds among those to the same target.
    mutating func keep(_ answer: KeptAnswer, use: UInt64, inPlaceOf isSame: (KeptAnswer) -> Bool) {
        let others = places[answer.target] ?? []
        if let same = others.first(where: { slots[$0].answer.map(isSame) ?? false }) {
            remove(same)
        } else if others.count >= Self.mostVariants, let first = others.first {
            remove(first)
        }
        let place: Int
        if let unused = free.popLast() {
            place = unused
        } else {
            place = slots.count
            slots.append(Slot())
        }
        slots[place].answer = answer
        places[answer.target, default: []].append(place)
        size += answer.size
        link(place, use: use)
    }

    /// Forgets all answers to that target.
    mutating func forget(_ target: [UInt8]) {
        for place in places[target] ?? [] { remove(place) }
    }

    /// Forgets the one that was used least recently.
    mutating func forgetOldest() {
        if oldest != Self.none { remove(oldest) }
    }

    private mutating func remove(_ place: Int) {
        guard let answer = slots[place].answer else { return }
        unlink(place)
        slots[place] = Slot()
        free.append(place)
        size -= answer.size
        let left = (places[answer.target] ?? []).filter { $0 != place }
        places[answer.target] = left.isEmpty ? nil : left
    }

    private mutating func link(_ place: Int, use: UInt64) {
        slots[place].usedAt = use
        slots[place].older = newest
        slots[place].newer = Self.none
        if newest == Self.none { oldest = place } else { slots[newest].newer = place }
        newest = place
    }

    private mutating func unlink(_ place: Int) {
        let (older, newer) = (slots[place].older, slots[place].newer)
        if older == Self.none { oldest = newer } else { slots[older].newer = newer }
        if newer == Self.none { newest = older } else { slots[newer].older = older }
    }
}
