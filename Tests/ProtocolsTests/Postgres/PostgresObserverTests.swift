import Protocols
import Testing

@Suite struct PostgresObserverTests {
    @Test(arguments: postgresDialogues)
    func outcomeIsToldWhateverTheCut(_ dialogue: PostgresDialogue) {
        #expect(PostgresObserver(after: [dialogue.bytes]).told == dialogue.outcome)
        #expect(PostgresObserver.differs(on: dialogue.bytes) == nil)
    }

    @Test func statesTellWhoseFaultItIs() {
        let meanings: [(StaticString, SQLState.Meaning)] = [
            ("57P03", .unavailable), ("57P01", .unavailable), ("57P02", .unavailable), ("53300", .exhausted),
            ("53200", .exhausted), ("28P01", .clientMistake), ("28000", .clientMistake), ("3D000", .clientMistake),
            ("42501", .clientMistake), ("55000", .clientMistake), ("08P01", .clientMistake), ("XX000", .failure),
            ("58030", .failure),
        ]
        for (text, meaning) in meanings {
            #expect(SQLState(text)?.meaning == meaning)
            #expect(SQLState(text)?.description == text.description)
        }
        #expect(SQLState("57P0") == nil)
    }

    @Test func refusalIsOneThatTheObserverUnderstands() {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = buffer.withUnsafeMutableBytes { PostgresAnswer.cannotConnectNow(retryAfterSeconds: 12, into: $0) }
        guard let length else {
            Issue.record("does not fit")
            return
        }
        let answer = Array(buffer.prefix(length))
        #expect(
            answer == bytes("E") + bigEndian(length - 1)
                + bytes("SFATAL\0VFATAL\0C57P03\0Mthe database is being restarted; try again in 12 s\0\0"))
        #expect(PostgresObserver(after: [answer]).told == .refused("57P03"))
        for room in 0..<length {
            var short = [UInt8](repeating: 0, count: room)
            #expect(
                short.withUnsafeMutableBytes { PostgresAnswer.cannotConnectNow(retryAfterSeconds: 12, into: $0) } == nil
            )
        }
    }
}

@Suite struct PostgresClientOpeningTests {
    static let openings: [(bytes: [UInt8], opening: PostgresClientOpening)] = [
        (bigEndian(8) + bigEndian(80_877_103), .encryptionRequest(length: 8)),
        (bigEndian(8) + bigEndian(80_877_104) + [0], .encryptionRequest(length: 8)),
        (bigEndian(16) + bigEndian(80_877_102) + bigEndian(1) + bigEndian(2), .cancel(length: 16)),
        (bigEndian(22) + bigEndian(196608) + bytes("user\0me\0\0\0\0\0\0\0"), .startup(length: 22)),
        (bigEndian(8) + bigEndian(196610), .startup(length: 8)),
        (bigEndian(9) + bigEndian(80_877_103), .unknown),
        (bigEndian(8) + bigEndian(80_877_102), .unknown),
        (bigEndian(8) + bigEndian(2 << 16), .unknown),
        (bigEndian(7) + bigEndian(196608), .unknown),
        (bigEndian(10001) + bigEndian(196608), .unknown),
        ([0x16, 3, 1], .unknown),
        (bytes("GET / HTTP/1.1\r\n"), .unknown),
    ]

    @Test(arguments: openings)
    func packetIsTold(bytes: [UInt8], opening: PostgresClientOpening) {
        #expect(bytes.withUnsafeBytes { PostgresClientOpening.read($0) } == opening)
        var verdicts = (0...bytes.count).map { count in
            bytes.prefix(count).withUnsafeBytes { PostgresClientOpening.read($0) }
        }
        verdicts.removeAll { $0 == .incomplete }
        #expect(verdicts.allSatisfy { $0 == opening })
    }
}
