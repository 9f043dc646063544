import Foundation
import Healing
import Stack
import Testing

/// Random stacks, random faults, random people; every law is checked after every step, then faults stop and the stack
/// must become well.
///
/// `HALE_SEQUENCES` sets how many sequences are run, `HALE_SEED` replays a single one with its whole story.
@Suite struct PropertyTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let count = environment["HALE_SEQUENCES"].flatMap(UInt64.init) ?? 100_000
    private static let seed = environment["HALE_SEED"].flatMap(UInt64.init)

    /// Shares of the sequences that run side by side.
    private static let shares: [UInt64] = [0, 1]

    @Test(arguments: shares) func everyLawIsKept(share: UInt64) {
        if let seed = Self.seed {
            guard share == 0 else { return }
            let sequence = RandomSequence(seed: seed, isLogging: true).run()
            print(sequence.log.joined(separator: "\n"))
            #expect(sequence.violations.isEmpty, "\(sequence.violations.joined(separator: "\n"))")
            return
        }
        var broken = 0
        var kinds: Set<Entry.Kind> = []
        for seed in stride(from: share, to: Self.count, by: Self.shares.count) where broken < 3 {
            let world = RandomSequence(seed: seed).run()
            let violations = world.violations
            kinds.formUnion(world.kinds)
            if !violations.isEmpty { broken += 1 }
            #expect(
                violations.isEmpty,
                """
                \(violations.prefix(3).joined(separator: "\n"))
                replay: HALE_SEED=\(seed) swift test --filter PropertyTests
                """)
        }
        guard broken == 0, Self.count >= 5_000 else { return }
        // Sequences that never come to the rare branches would prove nothing about them.
        let notTheEngines: Set<Entry.Kind> = [
            .healerStarted, .roleRestarted, .notice, .mended, .journal, .breakerOpened, .breakerHalfOpen,
            .breakerClosed, .flagChanged, .alertSent, .alertFailed, .alertAcknowledged,
        ]
        let missed = Set(Entry.Kind.allCases).subtracting(kinds).subtracting(notTheEngines).map(\.rawValue).sorted()
        #expect(missed.isEmpty, "no sequence came to: \(missed)")
    }
}
