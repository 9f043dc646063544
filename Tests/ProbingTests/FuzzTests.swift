import Stack
import Testing

@testable import Probing

/// Whatever a server sends, a conversation neither crashes nor goes on for ever.
@Suite struct FuzzTests {
    /// What real servers say, as food for mutations.
    private static let phrases: [[UInt8]] = [
        [0x52, 0, 0, 0, 8, 0, 0, 0, 0], [0x52, 0, 0, 0, 8, 0, 0, 0, 3], [0x52, 0, 0, 0, 12, 0, 0, 0, 5, 1, 2, 3, 4],
        [0x52, 0, 0, 0, 23, 0, 0, 0, 10] + Array("SCRAM-SHA-256\0\0".utf8),
        [0x52, 0, 0, 0, 29, 0, 0, 0, 11] + Array("r=abcdef,s=QUJD,i=1".utf8) + [0, 0],
        [0x5A, 0, 0, 0, 5, 0x49], [0x44, 0, 0, 0, 11, 0, 1, 0, 0, 0, 1, 0x31], [0x45, 0, 0, 0, 5, 0],
        Array("+OK\r\n".utf8), Array("+PONG\r\n".utf8), Array("-LOADING x\r\n".utf8), Array("$5\r\nhello\r\n".utf8),
        Array(":1\r\n".utf8), Array("-ERR x\r\n".utf8), [0, 0, 4, 5], [0, 0, 4, 4], [0, 3, 0xB1, 0x70, 0xA0, 0, 0],
        [0, 0], [0, 2, 0xB0, 0x7E, 0, 0], [0, 9, 0xB1, 0x7F, 0xA1, 0x84, 0x63, 0x6F, 0x64, 0x65, 0x80, 0, 0],
    ]

    private static let conversations: [@Sendable () -> any Conversation] = [
        { PostgresConversation(user: nil, password: nil, database: nil, nonce: "abc") },
        { PostgresConversation(user: "u", password: "p", database: "d", nonce: "abc") },
        { RedisConversation(user: nil, password: nil, writable: true) },
        { RedisConversation(user: "u", password: "p", writable: true) },
        { BoltConversation(user: nil, password: nil) },
        { BoltConversation(user: "u", password: "p") },
        { TCPConversation() },
    ]

    private static func rubbish(_ generator: inout SplitMix64) -> [UInt8] {
        guard Bool.random(using: &generator), var phrase = phrases.randomElement(using: &generator) else {
            let count = Int.random(in: 0...40, using: &generator)
            return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        if Int.random(in: 0..<4, using: &generator) == 0, let place = phrase.indices.randomElement(using: &generator) {
            phrase[place] = UInt8.random(in: 0...255, using: &generator)
        }
        return phrase
    }

    @Test(arguments: 0..<UInt64(conversations.count))
    func survivesRubbish(index: UInt64) {
        var generator = SplitMix64(seed: 0x4A1E + index)
        for _ in 0..<4000 {
            var talk = Self.conversations[Int(index)]()
            _ = talk.connected()
            var verdict: Verdict?
            for _ in 0..<30 where verdict == nil { verdict = talk.received(Self.rubbish(&generator)).verdict }
            guard verdict == nil else { continue }
            _ = talk.closed()
        }
    }

    @Test(arguments: 0..<conversations.count, [0, 0x2B, 0x24, 0x52, 0x4E, 0x53, 0xFF] as [UInt8])
    func endlessDataEnds(index: Int, byte: UInt8) {
        var talk = Self.conversations[index]()
        _ = talk.connected()
        let flood = [UInt8](repeating: byte, count: 16 * 1024)
        var verdict: Verdict?
        for _ in 0..<65 where verdict == nil { verdict = talk.received(flood).verdict }
        #expect(verdict != nil)
    }

    @Test func healthAnswersSurviveRubbish() {
        var generator = SplitMix64(seed: 7)
        for _ in 0..<5000 {
            let headers = ["content-type: application/grpc", "grpc-status: 0"]
            let response = HTTPResponse(status: 200, headers: headers, body: Self.rubbish(&generator))
            var grpc = GRPCHealthCheck(port: 1, service: "")
            _ = grpc.next(after: response)
            var ollama = OllamaCheck(port: 1, model: "m")
            _ = ollama.next(after: nil)
            _ = ollama.next(after: response)
        }
    }
}
