internal import Protocols

/// The last good answers of all services that keep any.
struct KeptAnswers {
    /// Bytes that the answers of all services may have together.
    let limit: Int
    private var shelves: [String: AnswerShelf] = [:]
    private var uses: UInt64 = 0
    private let budget: Budget
    private var settledSize = 0

    /// No answers yet, which share `budget` with those of other loops.
    init(limit: Int, budget: Budget? = nil) {
        self.limit = limit
        self.budget = budget ?? Budget(limit)
    }

    /// Bytes of all answers.
    var size: Int { shelves.values.reduce(0) { $0 + $1.size } }

    /// How many answers there are of that service.
    func count(of service: String) -> Int { shelves[service]?.count ?? 0 }

    /// The service's answer to that target that fits.
    mutating func find(_ target: [UInt8], of service: String, where fits: (KeptAnswer) -> Bool) -> KeptAnswer? {
        uses += 1
        return shelves[service]?.find(target, use: uses, where: fits)
    }

    /// Keeps an answer of the service, whose answers may have `most` bytes together, in place of the one that `isSame`
    /// finds among those to the same target.
    mutating func keep(
        _ answer: KeptAnswer, of service: String, most: Int, inPlaceOf isSame: (KeptAnswer) -> Bool
    ) {
        guard answer.size <= min(most, limit) else { return }
        uses += 1
        shelves[service, default: AnswerShelf()].keep(answer, use: uses, inPlaceOf: isSame)
        while let size = shelves[service]?.size, size > most { shelves[service]?.forgetOldest() }
        settle()
        while budget.isExceeded, let service = leastRecent {
            shelves[service]?.forgetOldest()
            settle()
        }
    }

    private mutating func settle() {
        let size = size
        budget.takeInAnyCase(size - settledSize)
        settledSize = size
    }

    /// Forgets the service's answers to that target.
    mutating func forget(_ target: [UInt8], of service: String) {
        shelves[service]?.forget(target)
        settle()
    }

    /// Forgets the answers of all services but those.
    mutating func forgetAll(but services: Set<String>) {
        shelves = shelves.filter { services.contains($0.key) }
        settle()
    }

    /// The service that has the answer that was used least recently.
    private var leastRecent: String? {
        shelves.compactMap { name, shelf in shelf.oldestUse.map { (name, $0) } }.min { $0.1 < $1.1 }?.0
    }
}
