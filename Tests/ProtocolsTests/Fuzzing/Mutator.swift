import Stack

/// The same numbers for the same seed.
struct Dice: RandomNumberGenerator {
    private var numbers: SplitMix64

    init(seed: UInt64) { numbers = SplitMix64(seed: seed) }

    mutating func next() -> UInt64 { numbers.next() }

    /// A number below `bound`, which is at least one.
    mutating func below(_ bound: Int) -> Int { Int(truncatingIfNeeded: next() % UInt64(bound)) }
}

/// Makes messages that are nearly right out of right ones and of wrong ones.
struct Mutator {
    private let corpus: [[UInt8]]
    private let words: [[UInt8]]
    private static let mostBytes = 4096

    init(corpus: [[UInt8]], words: [String]) {
        self.corpus = corpus.filter { !$0.isEmpty && $0.count <= Self.mostBytes }
        self.words = words.map { $0.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
    }

    /// The next message: one of the corpus, changed up to eight times.
    func next(_ dice: inout Dice) -> [UInt8] {
        var message = corpus[dice.below(corpus.count)]
        for _ in 0..<(dice.below(8) + 1) { change(&message, &dice) }
        return Array(message.prefix(Self.mostBytes))
    }

    private func change(_ message: inout [UInt8], _ dice: inout Dice) {
        let place = dice.below(message.count + 1)
        let end = min(message.count, place + dice.below(24))
        switch dice.below(9) {
        case 0 where place < message.count: message[place] ^= 1 << UInt8(dice.below(8))
        case 1 where place < message.count: message[place] = UInt8(truncatingIfNeeded: dice.next())
        case 2: message.removeSubrange(place..<end)
        case 3: message.insert(contentsOf: message[place..<end], at: dice.below(message.count + 1))
        case 4: message.removeSubrange(place...)
        case 5:
            let other = corpus[dice.below(corpus.count)]
            message.replaceSubrange(place..., with: other[dice.below(other.count)...])
        case 6: message.insert(contentsOf: words[dice.below(words.count)], at: place)
        case 7: message.replaceSubrange(place..<end, with: words[dice.below(words.count)])
        case _: changeNumber(&message, from: place, &dice)
        }
    }

    /// Changes the next digit, or a byte that may be a part of a length.
    private func changeNumber(_ message: inout [UInt8], from place: Int, _ dice: inout Dice) {
        let digit = message.indices.first { $0 >= place && message[$0] >= 0x30 && message[$0] <= 0x39 }
        if let digit, dice.below(3) > 0 {
            message[digit] = 0x30 + UInt8(dice.below(10))
        } else if place < message.count {
            message[place] = message[place] &+ (dice.below(2) == 0 ? 1 : 255)
        }
    }
}
