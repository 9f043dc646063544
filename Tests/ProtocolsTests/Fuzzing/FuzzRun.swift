import Foundation
import Testing

/// Mutated messages for all readers, one fuzzer after the other.
@Suite(.serialized) struct FuzzTests {
    /// The fuzzers that share the time of a long run.
    static let fuzzers = 7.0
}

/// How long a fuzzer runs: for a number of messages, or for a time where `HALE_FUZZ_SECONDS` gives one for all of them. The seed is
/// `HALE_FUZZ_SEED`, or 1.
struct FuzzRun {
    private static let environment = ProcessInfo.processInfo.environment
    /// Seconds for each fuzzer; nil for the short run that is part of all tests.
    static let seconds = environment["HALE_FUZZ_SECONDS"].flatMap { Double($0) }.map { $0 / FuzzTests.fuzzers }
    static let seed = environment["HALE_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1

    /// Hands mutated messages to `check`, which says which law one broke, until time or number is up. Stops at the
    /// first that breaks one, with what is needed to see it again.
    static func run(
        _ name: String, _ mutator: Mutator, messages: Int,
        _ check: (_ message: [UInt8], _ dice: inout Dice) -> String?
    ) {
        var dice = Dice(seed: seed)
        var count = 0
        let end = seconds.map { Date.now.addingTimeInterval($0) }
        while end.map({ count % 1024 != 0 || Date.now < $0 }) ?? (count < messages) {
            let message = mutator.next(&dice)
            count += 1
            if let broken = check(message, &dice) {
                let escaped = message.map { String(UnicodeScalar($0)) }.joined().debugDescription
                Issue.record("\(name): \(broken); message \(count) of HALE_FUZZ_SEED=\(seed): \(escaped)")
                return
            }
        }
        if seconds != nil { print("\(name): \(count) messages, no law broken") }
    }
}
