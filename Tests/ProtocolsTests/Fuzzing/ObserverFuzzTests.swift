import Protocols
import Testing

extension FuzzTests {
    @Suite struct ObserverFuzzTests {
        private static let words = [
            "\r\n", "*", "$", "-1\r\n", "%2\r\n", "|1\r\n", ">1\r\n", "!9\r\n", "-LOADING ", "\0\0\0\u{8}", "E", "N",
            "C57P03\0",
            "Z\0\0\0\u{5}I", "\0\0", "\u{b1}\u{7f}", "\u{b1}\u{70}", "\u{84}code", "\u{8a}neo4j_code", "\u{d0}",
            "\u{d8}\u{ff}",
            "\u{ff}\u{ff}", "\0\0\u{1}\u{ff}", "Neo.TransientError.", "\u{91}", "\u{a1}",
        ]

        @Test func postgres() {
            observe(PostgresObserver.self, corpus: postgresDialogues.map(\.bytes))
        }

        @Test func redis() {
            observe(RedisObserver.self, corpus: redisDialogues.map(\.bytes))
        }

        @Test func bolt() {
            observe(BoltObserver.self, corpus: boltDialogues.map(\.bytes))
        }

        @Test func postgresClients() {
            let corpus = PostgresClientOpeningTests.openings.map(\.bytes)
            FuzzRun.run("PostgresClientOpening", Mutator(corpus: corpus, words: Self.words), messages: 20_000) {
                message, dice in
                let whole = message.withUnsafeBytes { PostgresClientOpening.read($0) }
                let part = message.prefix(dice.below(message.count + 1)).withUnsafeBytes {
                    PostgresClientOpening.read($0)
                }
                if part != .incomplete, part != whole { return "\(part) becomes \(whole)" }
                switch whole {
                case .encryptionRequest(let length), .startup(let length), .cancel(let length):
                    return length <= message.count ? nil : "reads more than there is"
                case .incomplete, .unknown: return nil
                }
            }
        }

        /// What is known does not depend on where the bytes are cut.
        private func observe<Observer: Observing>(_: Observer.Type, corpus: [[UInt8]]) {
            FuzzRun.run("\(Observer.self)", Mutator(corpus: corpus, words: Self.words), messages: 20_000) {
                message, dice in
                let whole = Observer(after: [message])
                let cut = dice.below(message.count + 1)
                if Observer(after: [Array(message[..<cut]), Array(message[cut...])]) != whole {
                    return "differs cut at \(cut)"
                }
                return Observer(after: message.map { [$0] }) == whole ? nil : "differs byte by byte"
            }
        }
    }
}
